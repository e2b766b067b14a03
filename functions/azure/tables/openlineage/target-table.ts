/** TargetStore in Table Storage, beside the webhooks. PartitionKey: tenant. RowKey: `openlineage-{connector}`. */
import type { TableClient, TransactionAction } from '@azure/data-tables';
import { z } from 'zod';
import { StaleError } from '../../../errors/app-error';
import type { OutboxMessage } from '../../../events/ports';
import type { TargetStore } from '../../../openlineage/ports';
import { targetSettings, type Target } from '../../../openlineage/push/target';
import type { ConnectorKey } from '../../../storage/connector-key';
import type { Stored } from '../../../storage/stored';
import { deleteRow, storedEtag } from '../../table-storage/conditional-write';
import { jsonColumn } from '../../table-storage/json-column';
import { writeWithEvents } from '../../table-storage/outbox-rows';
import { onStatus, throwAs } from '../../table-storage/table-client';

const columns = z.object({ settings: jsonColumn(targetSettings) });

const outdated = throwAs(
  StaleError,
  'openlineage_push_changed',
  'The push of OpenLineage events changed since it was read. Read it again.',
);

export class TargetTable implements TargetStore {
  constructor(
    private readonly table: TableClient,
    private readonly outbox: TableClient,
  ) {}

  async get({ tenantId, connectorId }: ConnectorKey): Promise<Stored<Target> | undefined> {
    const row = await this.table
      .getEntity(tenantId, rowKeyOf(connectorId))
      .catch(onStatus(404, () => undefined));
    return row && { ...columns.parse(row).settings, tenantId, connectorId, etag: storedEtag(row) };
  }

  create(target: Target, events: readonly OutboxMessage[] = []): Promise<Stored<Target>> {
    return this.write(target, ['create', toRow(target)], events);
  }

  replace(
    { etag, ...target }: Stored<Target>,
    events: readonly OutboxMessage[] = [],
  ): Promise<Stored<Target>> {
    return this.write(target, ['update', toRow(target), 'Replace', { etag }], events);
  }

  delete({ tenantId, connectorId }: ConnectorKey): Promise<void> {
    return deleteRow(this.table, { partitionKey: tenantId, rowKey: rowKeyOf(connectorId) });
  }

  private async write(
    target: Target,
    action: TransactionAction,
    events: readonly OutboxMessage[],
  ): Promise<Stored<Target>> {
    const etag = await writeWithEvents(this.table, this.outbox, [action], events)
      .catch(onStatus(409, outdated))
      .catch(onStatus(412, outdated))
      .catch(onStatus(404, outdated));
    return { ...target, etag };
  }
}

const rowKeyOf = (connectorId: string) => `openlineage-${connectorId}`;

const toRow = ({ tenantId, connectorId, ...settings }: Target) => ({
  partitionKey: tenantId,
  rowKey: rowKeyOf(connectorId),
  settings: JSON.stringify(settings),
});
