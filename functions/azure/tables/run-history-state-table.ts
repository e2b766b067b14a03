/**
 * State of the run history of each factory, beside the etag maps. PartitionKey:
 * `{tenant}|{connector}`. RowKey: `{factory hash}|runs`.
 */
import { odata, type TableClient } from '@azure/data-tables';
import { z } from 'zod';
import type { FactoryRef } from '../../data-factory/resource';
import type { ConnectorKey } from '../../storage/connector-key';
import { factoryHash } from '../../data-factory/resource-id';
import type { FactoryHistory, RunHistoryStateStore } from '../../run-history/ports';
import { emptyState, type RunHistoryState } from '../../run-history/run-history-state';
import { fromGzipColumns } from '../table-storage/gzip-columns';
import { jsonColumn } from '../table-storage/json-column';
import { continuationRowKey, upsertMultiRow } from '../table-storage/multi-row-json';
import { deleteWhere } from '../table-storage/row-deletion';
import { onStatus, prefixRange } from '../table-storage/table-client';
import { factoryRef } from './sync-run-json';

const stored = z.object({
  watermark: z.string().exactOptional(),
  recent: z.record(z.string(), z.string()),
  latest: z.record(z.string(), z.string()),
  queue: z.array(
    z.object({
      pipelineRunId: z.string(),
      key: z.string(),
      pipeline: z.string(),
      start: z.string(),
      end: z.string(),
      latest: z.boolean(),
    }),
  ),
  days: z.array(z.string()),
});

const columns = z.object({
  rowKey: z.string(),
  factory: jsonColumn(factoryRef),
  days: z.string(),
});

export class RunHistoryStateTable implements RunHistoryStateStore {
  constructor(private readonly table: TableClient) {}

  async load(connector: ConnectorKey, factory: FactoryRef): Promise<RunHistoryState> {
    const { partitionKey, rowKey } = keyOf(connector, factory);
    const row = await this.table
      .getEntity(partitionKey, rowKey)
      .catch(onStatus(404, () => undefined));
    if (!row) return emptyState;
    const more = await Promise.all(
      Array.from({ length: Number(row['bodyRows'] ?? 0) }, (_, n) =>
        this.table.getEntity(partitionKey, continuationRowKey(rowKey, n)),
      ),
    );
    return stored.parse(JSON.parse(fromGzipColumns([row, ...more])!));
  }

  async save(connector: ConnectorKey, factory: FactoryRef, state: RunHistoryState): Promise<void> {
    const { subscriptionId, resourceGroup, name } = factory;
    const row = {
      ...keyOf(connector, factory),
      factory: JSON.stringify({ subscriptionId, resourceGroup, name }),
      days: state.days.join(' '),
    };
    await upsertMultiRow(this.table, row, JSON.stringify(state));
  }

  async delete(connector: ConnectorKey, factory: FactoryRef): Promise<void> {
    const { partitionKey, rowKey } = keyOf(connector, factory);
    const { from, to } = prefixRange(`${rowKey}|`);
    const keys = odata`PartitionKey eq ${partitionKey} and (RowKey eq ${rowKey} or (RowKey ge ${from} and RowKey lt ${to}))`;
    await deleteWhere(this.table, keys);
  }

  async listFactories(connector: ConnectorKey): Promise<readonly FactoryHistory[]> {
    const filter = `${odata`PartitionKey eq ${partition(connector)}`} and factory ne ''`;
    const queryOptions = { filter, select: ['RowKey', 'factory', 'days'] };
    const found: FactoryHistory[] = [];
    for await (const row of this.table.listEntities({ queryOptions })) {
      const { rowKey, factory, days } = columns.parse(row);
      const hash = rowKey.split('|')[0]!;
      found.push({ hash, factory, days: days.split(' ').filter(Boolean) });
    }
    return found;
  }
}

const partition = ({ tenantId, connectorId }: ConnectorKey) => `${tenantId}|${connectorId}`;

const keyOf = (connector: ConnectorKey, factory: FactoryRef) => ({
  partitionKey: partition(connector),
  rowKey: `${factoryHash(factory)}|runs`,
});
