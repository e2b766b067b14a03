/**
 * AuthorizationStore in Table Storage: the connection attempts with method `oauth`. Rows
 * `ticket-{hash}` and `state-{hash}` in the partition of the tenant point to the attempt.
 */
import type { TableClient, TransactionAction } from '@azure/data-tables';
import { z } from 'zod';
import { ConflictError, StaleError } from '../../../errors/app-error';
import type { OutboxMessage } from '../../../events/ports';
import type { Authorization } from '../../../oauth/authorization';
import type { AuthorizationStore } from '../../../oauth/ports';
import type { Stored } from '../../../storage/stored';
import { writeWithEvents } from '../../table-storage/outbox-rows';
import { onStatus, throwAs } from '../../table-storage/table-client';
import { toAttemptRow } from './connection-attempt-row';
import { ConnectionAttemptTable } from './connection-attempt-table';

const pointerColumns = z.object({ connectorId: z.string(), id: z.string() });

const outdated = throwAs(
  StaleError,
  'authorization_changed',
  'The sign-in changed since it was read. Read it again.',
);
const taken = onStatus(409, throwAs(ConflictError, 'authorization_exists', 'The id is taken.'));

export class AuthorizationTable
  extends ConnectionAttemptTable<Authorization>
  implements AuthorizationStore
{
  constructor(table: TableClient, outbox: TableClient) {
    super(table, outbox, ['oauth']);
  }

  findByTicket(tenantId: string, ticketHash: string): Promise<Stored<Authorization> | undefined> {
    return this.getByPointer(tenantId, `ticket-${ticketHash}`);
  }

  findByState(tenantId: string, stateHash: string): Promise<Stored<Authorization> | undefined> {
    return this.getByPointer(tenantId, `state-${stateHash}`);
  }

  override async create(
    authorization: Authorization,
    messages: readonly OutboxMessage[] = [],
  ): Promise<Stored<Authorization>> {
    const actions: TransactionAction[] = [
      ['create', toAttemptRow(authorization)],
      ['create', pointerRow(authorization, `ticket-${authorization.ticketHash}`)],
    ];
    const etag = await writeWithEvents(this.table, this.outbox, actions, messages).catch(taken);
    return { ...authorization, etag };
  }

  override async replace(
    { etag: readEtag, ...authorization }: Stored<Authorization>,
    messages: readonly OutboxMessage[] = [],
  ): Promise<Stored<Authorization>> {
    const actions: TransactionAction[] = [
      ['update', toAttemptRow(authorization), 'Replace', { etag: readEtag }],
    ];
    if (authorization.state === 'started')
      actions.push([
        'upsert',
        pointerRow(authorization, `state-${authorization.browser!.stateHash}`),
        'Replace',
      ]);
    const etag = await writeWithEvents(this.table, this.outbox, actions, messages)
      .catch(onStatus(412, outdated))
      .catch(onStatus(404, outdated));
    return { ...authorization, etag };
  }

  private async getByPointer(
    tenantId: string,
    rowKey: string,
  ): Promise<Stored<Authorization> | undefined> {
    const row = await this.table.getEntity(tenantId, rowKey).catch(onStatus(404, () => undefined));
    if (!row) return undefined;
    const { connectorId, id } = pointerColumns.parse(row);
    return this.get({ tenantId, connectorId }, id);
  }
}

const pointerRow = ({ tenantId, connectorId, id, createdAt }: Authorization, rowKey: string) => ({
  partitionKey: tenantId,
  rowKey,
  connectorId,
  id,
  createdAt,
});
