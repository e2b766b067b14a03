/**
 * ConnectionAttemptStore in Table Storage. PartitionKey: tenant. RowKey: `attempt-{connectorId}_{id}`,
 * which sorts newest first. A module opens the table for its own methods and sees no others.
 */
import { odata, type TableClient, type TransactionAction } from '@azure/data-tables';
import { endless, type Stretch } from '../../../concurrency/stretch';
import type { ConnectionAttempt } from '../../../credentials/connection-attempt';
import type { ConnectionAttemptStore } from '../../../credentials/ports';
import type { OutboxMessage } from '../../../events/ports';
import { ConflictError, StaleError } from '../../../errors/app-error';
import type { ConnectorKey } from '../../../storage/connector-key';
import type { Page, PageRequest } from '../../../storage/page';
import type { Stored } from '../../../storage/stored';
import { deleteRow, storedEtag } from '../../table-storage/conditional-write';
import { writeWithEvents } from '../../table-storage/outbox-rows';
import { onStatus, prefixRange, readPage, throwAs } from '../../table-storage/table-client';
import {
  attemptColumns,
  attemptPrefix,
  attemptRowKey,
  toAttemptRow,
} from './connection-attempt-row';

const outdated = throwAs(
  StaleError,
  'attempt_changed',
  'The connection attempt changed since it was read. Read it again.',
);
const taken = onStatus(409, throwAs(ConflictError, 'attempt_exists', 'The id is taken.'));

export class ConnectionAttemptTable<
  A extends ConnectionAttempt = ConnectionAttempt,
> implements ConnectionAttemptStore<A> {
  constructor(
    protected readonly table: TableClient,
    protected readonly outbox: TableClient,
    private readonly methods?: readonly A['method'][],
  ) {}

  async get({ tenantId, connectorId }: ConnectorKey, id: string): Promise<Stored<A> | undefined> {
    const row = await this.table
      .getEntity(tenantId, attemptRowKey({ connectorId, id }))
      .catch(onStatus(404, () => undefined));
    const attempt = row && toAttempt<A>(row);
    return attempt && this.hasMethod(attempt) ? attempt : undefined;
  }

  list({ tenantId, connectorId }: ConnectorKey, page: PageRequest): Promise<Page<Stored<A>>> {
    const { from, to } = prefixRange(attemptPrefix(connectorId));
    const filter = odata`PartitionKey eq ${tenantId} and RowKey ge ${from} and RowKey lt ${to}`;
    return readPage(this.table, filter, page, toAttempt<A>);
  }

  async create(attempt: A, messages: readonly OutboxMessage[] = []): Promise<Stored<A>> {
    const actions: TransactionAction[] = [['create', toAttemptRow(attempt)]];
    const etag = await writeWithEvents(this.table, this.outbox, actions, messages).catch(taken);
    return { ...attempt, etag };
  }

  async replace(
    { etag: readEtag, ...others }: Stored<A>,
    messages: readonly OutboxMessage[] = [],
  ): Promise<Stored<A>> {
    const attempt = others as unknown as A;
    const actions: TransactionAction[] = [
      ['update', toAttemptRow(attempt), 'Replace', { etag: readEtag }],
    ];
    const etag = await writeWithEvents(this.table, this.outbox, actions, messages)
      .catch(onStatus(412, outdated))
      .catch(onStatus(404, outdated));
    return { ...attempt, etag };
  }

  async deleteConnector(
    { tenantId, connectorId }: ConnectorKey,
    stretch: Stretch = endless,
  ): Promise<void> {
    const filter = odata`PartitionKey eq ${tenantId} and connectorId eq ${connectorId}`;
    for await (const _key of this.deleteRows(filter)) if (stretch.isOver) return;
  }

  deleteBefore(time: Date): AsyncIterable<string> {
    return this.deleteRows(odata`createdAt lt ${time.toISOString()}`);
  }

  private hasMethod({ method }: A): boolean {
    return this.methods?.includes(method) ?? true;
  }

  /** Yields the key of each row that it deleted. */
  private async *deleteRows(filter: string): AsyncGenerator<string> {
    const queryOptions = { filter, select: ['PartitionKey', 'RowKey'] };
    for await (const { partitionKey, rowKey } of this.table.listEntities({ queryOptions })) {
      await deleteRow(this.table, { partitionKey: partitionKey!, rowKey: rowKey! });
      yield rowKey!;
    }
  }
}

/** `methods` ensures that a stored attempt is an `A`. */
function toAttempt<A extends ConnectionAttempt>(row: object): Stored<A> {
  const { attempt } = attemptColumns.parse(row);
  return { ...(attempt as ConnectionAttempt as A), etag: storedEtag(row) };
}
