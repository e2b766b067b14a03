/** Sign-ins in the browser among the attempts; rows `ticket-<hash>` and `state-<hash>` beside them say which is meant. */
import type { TransactionAction } from '@azure/data-tables';
import { z } from 'zod';
import { ConflictError, StaleError } from '../../errors/app-error';
import type { Authorization } from '../../oauth/authorization';
import type { AuthorizationStore } from '../../oauth/ports';
import type { Stored } from '../../storage/stored';
import { ConnectionAttemptTable, toRow } from './connection-attempt-table';
import { on, rethrow } from '../table-storage/table-client';

const pointer = z.object({ connectorId: z.string(), id: z.string() });

const changedSince = on(
  412,
  rethrow(StaleError, 'authorization_changed', 'The sign-in went on since it was read.'),
);
const taken = on(409, rethrow(ConflictError, 'authorization_exists', 'The id is taken.'));

export class AuthorizationTable
  extends ConnectionAttemptTable<Authorization>
  implements AuthorizationStore
{
  constructor(table: ConnectionAttemptTable['table']) {
    super(table, ['oauth']);
  }

  findByTicket(tenantId: string, ticketHash: string): Promise<Stored<Authorization> | undefined> {
    return this.follow(tenantId, `ticket-${ticketHash}`);
  }

  findByState(tenantId: string, stateHash: string): Promise<Stored<Authorization> | undefined> {
    return this.follow(tenantId, `state-${stateHash}`);
  }

  override async create(authorization: Authorization): Promise<Stored<Authorization>> {
    const pointer = pointerRow(authorization, `ticket-${authorization.ticketHash}`);
    const { subResponses } = await this.table
      .submitTransaction([
        ['create', toRow(authorization)],
        ['create', pointer],
      ])
      .catch(taken);
    return { ...authorization, etag: subResponses[0]!.etag! };
  }

  override async replace({
    etag,
    ...authorization
  }: Stored<Authorization>): Promise<Stored<Authorization>> {
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

  private async follow(
    tenantId: string,
    rowKey: string,
  ): Promise<Stored<Authorization> | undefined> {
    const found = await this.table.getEntity(tenantId, rowKey).catch(on(404, () => undefined));
    if (!found) return undefined;
    const { connectorId, id } = pointer.parse(found);
    return this.get(tenantId, connectorId, id);
  }
}

const pointerRow = ({ tenantId, connectorId, id, createdAt }: Authorization, rowKey: string) => ({
  partitionKey: tenantId,
  rowKey,
  connectorId,
  id,
  createdAt,
});
