/**
 * AuthorizationStore in Table Storage: the connection attempts with method `oauth`. Rows
 * `ticket-{hash}` and `state-{hash}` in the partition of the tenant point to the attempt.
 */
import type { TableClient, TransactionAction } from '@azure/data-tables';
import { z } from 'zod';
import { ConflictError, StaleError } from '../../errors/app-error';
import type { Authorization } from '../../oauth/authorization';
import type { AuthorizationStore } from '../../oauth/ports';
import type { Stored } from '../../storage/stored';
import { writeRows } from '../table-storage/conditional-write';
import { onStatus, throwAs } from '../table-storage/table-client';
import { toAttemptRow } from './connection-attempt-row';
import { ConnectionAttemptTable } from './connection-attempt-table';

const pointerColumns = z.object({ connectorId: z.string(), id: z.string() });

const outdated = onStatus(
  412,
  throwAs(
    StaleError,
    'authorization_changed',
    'The sign-in changed since it was read. Read it again.',
  ),
);
const taken = onStatus(409, throwAs(ConflictError, 'authorization_exists', 'The id is taken.'));

export class AuthorizationTable
  extends ConnectionAttemptTable<Authorization>
  implements AuthorizationStore
{
  constructor(table: TableClient) {
    super(table, ['oauth']);
  }

  findByTicket(tenantId: string, ticketHash: string): Promise<Stored<Authorization> | undefined> {
    return this.getByPointer(tenantId, `ticket-${ticketHash}`);
  }

  findByState(tenantId: string, stateHash: string): Promise<Stored<Authorization> | undefined> {
    return this.getByPointer(tenantId, `state-${stateHash}`);
  }

  override async create(authorization: Authorization): Promise<Stored<Authorization>> {
    const etag = await writeRows(this.table, [
      ['create', toAttemptRow(authorization)],
      ['create', pointerRow(authorization, `ticket-${authorization.ticketHash}`)],
    ]).catch(taken);
    return { ...authorization, etag };
  }

  override async replace({
    etag: readEtag,
    ...authorization
  }: Stored<Authorization>): Promise<Stored<Authorization>> {
    const actions: TransactionAction[] = [
      ['update', toAttemptRow(authorization), 'Replace', { etag: readEtag }],
    ];
    if (authorization.state === 'started')
      actions.push([
        'upsert',
        pointerRow(authorization, `state-${authorization.browser!.stateHash}`),
        'Replace',
      ]);
    const etag = await writeRows(this.table, actions).catch(outdated);
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
