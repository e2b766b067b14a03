/**
 * Attempts in Table Storage: PartitionKey is the tenant, RowKey `attempt-<connector>_<id>`, which is newest first. Each
 * room opens it for its own methods, and sees no others.
 */
import { odata, type TableClient } from '@azure/data-tables';
import { z } from 'zod';
import type { Attempt } from '../../credentials/connection-attempt';
import type { ConnectionAttemptStore } from '../../connectors/ports';
import { ConflictError, StaleError } from '../../errors/app-error';
import type { Page, PageRequest } from '../../storage/page';
import type { Stored } from '../../storage/stored';
import { on, pageOf, prefixRange, rethrow } from '../table-storage/table-client';

const row = z.object({
  etag: z.string(),
  document: z.string().transform((text) => JSON.parse(text) as Attempt),
});

const changedSince = rethrow(
  StaleError,
  'attempt_changed',
  'The attempt went on since it was read.',
);
const taken = rethrow(ConflictError, 'attempt_exists', 'The id is taken.');

export class ConnectionAttemptTable<
  A extends Attempt = Attempt,
> implements ConnectionAttemptStore<A> {
  constructor(
    protected readonly table: TableClient,
    private readonly methods?: readonly A['method'][],
  ) {}

  async get(tenantId: string, connectorId: string, id: string): Promise<Stored<A> | undefined> {
    const found = await this.table
      .getEntity(tenantId, keyOf({ connectorId, id }))
      .catch(on(404, () => undefined));
    const attempt = found && toAttempt<A>(found);
    return attempt && this.isOurs(attempt) ? attempt : undefined;
  }

  list(tenantId: string, connectorId: string, page: PageRequest): Promise<Page<Stored<A>>> {
    const { from, to } = prefixRange(prefixOf(connectorId));
    const filter = odata`PartitionKey eq ${tenantId} and RowKey ge ${from} and RowKey lt ${to}`;
    return pageOf(this.table, filter, page, toAttempt<A>);
  }

  async create(attempt: A): Promise<Stored<A>> {
    const { etag } = await this.table.createEntity(toRow(attempt)).catch(on(409, taken));
    return { ...attempt, etag: etag! };
  }

  async replace({ etag: read, ...attempt }: Stored<A>): Promise<Stored<A>> {
    const written = attempt as unknown as A;
    const { etag } = await this.table
      .updateEntity(toRow(written), 'Replace', { etag: read })
      .catch(on(412, changedSince))
      .catch(on(404, changedSince));
    return { ...written, etag: etag! };
  }

  async deleteConnector(tenantId: string, connectorId: string): Promise<void> {
    await this.deleteAll(odata`PartitionKey eq ${tenantId} and connectorId eq ${connectorId}`);
  }

  async deleteBefore(time: Date): Promise<void> {
    await this.deleteAll(odata`createdAt lt ${time.toISOString()}`);
  }

  private isOurs({ method }: A): boolean {
    return this.methods?.includes(method) ?? true;
  }

  private async deleteAll(filter: string): Promise<void> {
    const queryOptions = { filter, select: ['PartitionKey', 'RowKey'] };
    for await (const { partitionKey, rowKey } of this.table.listEntities({ queryOptions }))
      await this.table.deleteEntity(partitionKey!, rowKey!).catch(on(404, () => undefined));
  }
}

const prefixOf = (connectorId: string) => `attempt-${connectorId}_`;

const keyOf = ({ connectorId, id }: Pick<Attempt, 'connectorId' | 'id'>) =>
  `${prefixOf(connectorId)}${id}`;

function toAttempt<A extends Attempt>(found: object): Stored<A> {
  const { document, etag } = row.parse(found);
  return { ...(document as A), etag };
}

export const toRow = (attempt: Attempt) => ({
  partitionKey: attempt.tenantId,
  rowKey: keyOf(attempt),
  connectorId: attempt.connectorId,
  createdAt: attempt.createdAt,
  document: JSON.stringify(attempt),
});
