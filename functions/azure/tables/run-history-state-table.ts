/**
 * State of the run history of each factory, beside the etag maps. PartitionKey:
 * `{tenant}|{connector}`. RowKey: `runs|{factory hash}`.
 */
import { odata, RestError, type TableClient } from '@azure/data-tables';
import { z } from 'zod';
import type { FactoryRef } from '../../data-factory/resource';
import type { ConnectorKey } from '../../storage/connector-key';
import type { SyncRunKey } from '../../storage/sync-run-key';
import { factoryHash } from '../../data-factory/resource-id';
import type {
  FactoryHistory,
  LoadedRunHistory,
  RunHistoryStateStore,
  Writer,
} from '../../run-history/ports';
import { emptyState, type RunHistoryState } from '../../run-history/run-history-state';
import { superseded } from '../../run-history/superseded';
import {
  createRow,
  isStoredVersion,
  mergeRow,
  storedEtag,
} from '../table-storage/conditional-write';
import { fromGzipColumns } from '../table-storage/gzip-columns';
import { jsonColumn } from '../table-storage/json-column';
import { continuationRowKey, writeMultiRow } from '../table-storage/multi-row-json';
import { deleteWhere } from '../table-storage/row-deletion';
import { onStatus, prefixRange } from '../table-storage/table-client';
import { RunHistoryLookAhead, type StateRows } from './run-history-look-ahead';
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
const claimColumns = z.object({ writer: z.coerce.number().default(0) });

export class RunHistoryStateTable implements RunHistoryStateStore {
  private readonly ahead: RunHistoryLookAhead;

  constructor(private readonly table: TableClient) {
    this.ahead = new RunHistoryLookAhead(table, statePrefix);
  }

  async loadForSync(run: SyncRunKey, factory: FactoryRef): Promise<LoadedRunHistory> {
    const { partitionKey, rowKey } = keyOf(run, factory);
    const rows = await this.ahead.take(run.syncRunId, partitionKey, rowKey);
    return rows ? toLoaded(rows) : this.load(run, factory);
  }

  async load(connector: ConnectorKey, factory: FactoryRef): Promise<LoadedRunHistory> {
    const { partitionKey, rowKey } = keyOf(connector, factory);
    const row = await this.table
      .getEntity(partitionKey, rowKey)
      .catch(onStatus(404, () => undefined));
    if (!row) return { state: emptyState, writer: 0 };
    const more = await Promise.all(
      Array.from({ length: Number(row['bodyRows'] ?? 0) }, (_, n) =>
        this.table.getEntity(partitionKey, continuationRowKey(rowKey, n)),
      ),
    );
    return toLoaded([row, ...more]);
  }

  async claim(
    connector: ConnectorKey,
    factory: FactoryRef,
    { version, state }: LoadedRunHistory,
    { writer }: Pick<Writer, 'writer'>,
  ): Promise<Writer> {
    const row = {
      ...keyOf(connector, factory),
      ...columnsOf(factory, state),
      writer: String(writer),
    };
    const claimed =
      version === undefined ? createRow(this.table, row) : mergeRow(this.table, row, version);
    return { writer, version: await claimed.catch(unlessChanged) };
  }

  isCurrent(connector: ConnectorKey, factory: FactoryRef, { version }: Writer): Promise<boolean> {
    return isStoredVersion(this.table, keyOf(connector, factory), version);
  }

  async save(
    connector: ConnectorKey,
    factory: FactoryRef,
    state: RunHistoryState,
    { version, writer }: Writer,
  ): Promise<void> {
    const row = {
      ...keyOf(connector, factory),
      ...columnsOf(factory, state),
      writer: String(writer),
    };
    const guard = { rowKey: row.rowKey, etag: version };
    await writeMultiRow(this.table, row, JSON.stringify(state), guard).catch(unlessChanged);
  }

  async delete(connector: ConnectorKey, factory: FactoryRef): Promise<void> {
    const { partitionKey, rowKey } = keyOf(connector, factory);
    const { from, to } = prefixRange(`${rowKey}|`);
    const keys = odata`PartitionKey eq ${partitionKey} and (RowKey eq ${rowKey} or (RowKey ge ${from} and RowKey lt ${to}))`;
    await deleteWhere(this.table, keys);
  }

  async listFactories(connector: ConnectorKey): Promise<readonly FactoryHistory[]> {
    const { from, to } = prefixRange(statePrefix);
    const filter = odata`PartitionKey eq ${partition(connector)} and RowKey ge ${from} and RowKey lt ${to} and factory ne ''`;
    const queryOptions = { filter, select: ['RowKey', 'factory', 'days'] };
    const found: FactoryHistory[] = [];
    for await (const row of this.table.listEntities({ queryOptions })) {
      const { rowKey, factory, days } = columns.parse(row);
      const hash = rowKey.slice(statePrefix.length);
      found.push({ hash, factory, days: days.split(' ').filter(Boolean) });
    }
    return found;
  }
}

const statePrefix = 'runs|';

/** A row that was only claimed has no state. */
function toLoaded(rows: StateRows): LoadedRunHistory {
  const json = fromGzipColumns(rows);
  const state = json === undefined ? emptyState : stored.parse(JSON.parse(json));
  const [row] = rows;
  return { state, version: storedEtag(row), ...claimColumns.parse(row) };
}

const partition = ({ tenantId, connectorId }: ConnectorKey) => `${tenantId}|${connectorId}`;

const keyOf = (connector: ConnectorKey, factory: FactoryRef) => ({
  partitionKey: partition(connector),
  rowKey: `${statePrefix}${factoryHash(factory)}`,
});

const columnsOf = (
  { subscriptionId, resourceGroup, name }: FactoryRef,
  { days }: RunHistoryState,
) => ({
  factory: JSON.stringify({ subscriptionId, resourceGroup, name }),
  days: days.join(' '),
});

/** Catch handler of a write that depends on the version of the state. */
function unlessChanged(error: unknown): never {
  const isChanged = error instanceof RestError && [404, 409, 412].includes(error.statusCode ?? 0);
  throw isChanged ? superseded(error) : error;
}
