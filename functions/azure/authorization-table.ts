/**
 * Sign-ins in Table Storage: PartitionKey is the tenant, RowKey `oauth-<id>`. Rows `ticket-<hash>` and `state-<hash>`
 * point to it, written in the same transaction.
 */
import { odata, type TableClient, type TransactionAction } from '@azure/data-tables';
import { z } from 'zod';
import { ConflictError, StaleError } from '../errors';
import type { Authorization } from '../oauth/authorization';
import type { AuthorizationStore } from '../oauth/ports';
import type { Stored } from '../stored';
import { on, rethrow } from './tables';

const row = z.object({
  connectorId: z.string(),
  document: z.string().transform((text) => JSON.parse(text) as Authorization),
});

const keyOf = (id: string) => `oauth-${id}`;
const changedSince = on(
  412,
  rethrow(StaleError, 'authorization_changed', 'The sign-in went on since it was read.'),
);
const taken = on(409, rethrow(ConflictError, 'authorization_exists', 'The id is taken.'));

export class AuthorizationTable implements AuthorizationStore {
  constructor(private readonly table: TableClient) {}

  async get(tenantId: string, id: string): Promise<Stored<Authorization> | undefined> {
    const found = await this.table.getEntity(tenantId, keyOf(id)).catch(on(404, () => undefined));
    return found && { ...row.parse(found).document, etag: found.etag };
  }

  findByTicket(tenantId: string, ticketHash: string): Promise<Stored<Authorization> | undefined> {
    return this.follow(tenantId, `ticket-${ticketHash}`);
  }

  findByState(tenantId: string, stateHash: string): Promise<Stored<Authorization> | undefined> {
    return this.follow(tenantId, `state-${stateHash}`);
  }

  async create(authorization: Authorization): Promise<Stored<Authorization>> {
    const pointer = pointerRow(authorization, `ticket-${authorization.ticketHash}`);
    const { subResponses } = await this.table
      .submitTransaction([
        ['create', toRow(authorization)],
        ['create', pointer],
      ])
      .catch(taken);
    return { ...authorization, etag: subResponses[0]!.etag! };
  }

  async replace({ etag, ...authorization }: Stored<Authorization>): Promise<Stored<Authorization>> {
    const actions: TransactionAction[] = [['update', toRow(authorization), 'Replace', { etag }]];
    if (authorization.state === 'started')
      actions.push([
        'upsert',
        pointerRow(authorization, `state-${authorization.browser!.stateHash}`),
        'Replace',
      ]);
    const { subResponses } = await this.table.submitTransaction(actions).catch(changedSince);
    return { ...authorization, etag: subResponses[0]!.etag! };
  }

  async deleteConnector(tenantId: string, connectorId: string): Promise<void> {
    const filter = odata`PartitionKey eq ${tenantId} and connectorId eq ${connectorId}`;
    const queryOptions = { filter, select: ['PartitionKey', 'RowKey'] };
    for await (const { partitionKey, rowKey } of this.table.listEntities({ queryOptions }))
      await this.table.deleteEntity(partitionKey!, rowKey!).catch(on(404, () => undefined));
  }

  private async follow(
    tenantId: string,
    rowKey: string,
  ): Promise<Stored<Authorization> | undefined> {
    const pointer = await this.table
      .getEntity<{ id: string }>(tenantId, rowKey)
      .catch(on(404, () => undefined));
    return pointer && this.get(tenantId, pointer.id);
  }
}

const toRow = (authorization: Authorization) => ({
  partitionKey: authorization.tenantId,
  rowKey: keyOf(authorization.id),
  connectorId: authorization.connectorId,
  document: JSON.stringify(authorization),
});

const pointerRow = ({ tenantId, connectorId, id }: Authorization, rowKey: string) => ({
  partitionKey: tenantId,
  rowKey,
  connectorId,
  id,
});
