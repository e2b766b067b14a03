/**
 * Sync runs. PartitionKey: tenant. RowKey: `{connector}_{inverted id}`, so runs sort newest first.
 * In the same partition are `open|{connector}`, the lock that names the open run of a connector;
 * `closing|{connector}|{run}` while the instance of a run may be active; `ended|{time}|…` with the
 * final status; and the progress reports. A run, its lock and the events of the change are stored in
 * one transaction.
 */
import { odata, type TableClient, type TransactionAction } from '@azure/data-tables';
import { z } from 'zod';
import { mapConcurrently } from '../../concurrency/map-concurrently';
import { endless, type Stretch } from '../../concurrency/stretch';
import type { ConnectorKey } from '../../storage/connector-key';
import { ConflictError, StaleError } from '../../errors/app-error';
import type { OutboxMessage } from '../../events/ports';
import type { Page, PageRequest } from '../../storage/page';
import type { Stored } from '../../storage/stored';
import type { HeldLock, SyncLock, SyncRunStore } from '../../sync/ports';
import {
  syncStatus,
  type SyncRun,
  type SyncRunSummary,
  type SyncStatus,
} from '../../sync/sync-run';
import type {
  FactoryEndEntry,
  ProgressReport,
  RunHistoryEndEntry,
  WorkerProgress,
} from '../../sync/progress/progress-report';
import type { SyncRunKey } from '../../storage/sync-run-key';
import { firstUlid, invertUlid, isUlid } from '../../storage/ulid';
import { deleteRow, storedEtag } from '../table-storage/conditional-write';
import { writeWithEvents } from '../table-storage/outbox-rows';
import { deleteWhere } from '../table-storage/row-deletion';
import { submitUnconditional } from '../table-storage/unconditional-write';
import { summaryColumns, toRun, toRunColumns, toSummary } from './sync-run-row';
import { onStatus, readPage, prefixRange, throwAs } from '../table-storage/table-client';
import { ProgressRows } from './progress-rows';

const locked = throwAs(
  ConflictError,
  'sync_locked',
  'The connector is locked by another sync run.',
);
const lockChanged = throwAs(
  ConflictError,
  'sync_lock_changed',
  'The lock changed since it was read.',
);
const runChanged = throwAs(StaleError, 'sync_changed', 'The sync run changed since it was read.');

export class SyncRunTable implements SyncRunStore {
  private readonly progress: ProgressRows;

  constructor(
    private readonly table: TableClient,
    private readonly outbox: TableClient,
  ) {
    this.progress = new ProgressRows(table);
  }

  async begin(run: SyncRun, events: readonly OutboxMessage[] = []): Promise<void> {
    const actions: TransactionAction[] = [
      ['create', lockOf(run)],
      ['create', { ...runKey(run, run.id), ...toRunColumns(run) }],
    ];
    await writeWithEvents(this.table, this.outbox, actions, events).catch(onStatus(409, locked));
  }

  async takeOverLock(
    run: SyncRun,
    from: Stored<SyncLock>,
    events: readonly OutboxMessage[] = [],
  ): Promise<void> {
    const actions: TransactionAction[] = [
      ['update', lockOf(run), 'Replace', { etag: from.etag }],
      ['upsert', closingKey({ ...run, syncRunId: from.syncRunId }), 'Replace'],
      ['create', { ...runKey(run, run.id), ...toRunColumns(run) }],
    ];
    await writeWithEvents(this.table, this.outbox, actions, events)
      .catch(onStatus(412, lockChanged))
      .catch(onStatus(404, lockChanged));
  }

  async getLock(connector: ConnectorKey): Promise<Stored<SyncLock> | undefined> {
    const { partitionKey, rowKey } = lockKey(connector);
    const row = await this.table
      .getEntity<{ syncRunId: string; acquiredAt: string }>(partitionKey, rowKey)
      .catch(onStatus(404, () => undefined));
    return row && { syncRunId: row.syncRunId, acquiredAt: row.acquiredAt, etag: storedEtag(row) };
  }

  async listLocks(tenantId: string): Promise<readonly HeldLock[]> {
    const filter = rowsWith(tenantId, openPrefix);
    const locks: HeldLock[] = [];
    for await (const row of this.table.listEntities<{
      syncRunId: string;
      acquiredAt: string;
    }>({ queryOptions: { filter } })) {
      const { rowKey, syncRunId, acquiredAt } = row;
      const connectorId = rowKey!.slice(openPrefix.length);
      locks.push({ connectorId, syncRunId, acquiredAt, etag: storedEtag(row) });
    }
    return locks;
  }

  async releaseLock(connector: ConnectorKey, { etag }: Stored<SyncLock>): Promise<void> {
    await deleteRow(this.table, lockKey(connector), etag)
      .catch(onStatus(412, () => undefined))
      .catch(onStatus(404, () => undefined));
  }

  async listActive(tenantId: string): Promise<readonly SyncRun[]> {
    const locks = await this.listLocks(tenantId);
    const runs = await mapConcurrently(locks, maxConcurrentReads, ({ connectorId, syncRunId }) =>
      this.get({ tenantId, connectorId }, syncRunId),
    );
    return runs.filter((run) => run !== undefined).map(({ etag: _etag, ...run }) => run);
  }

  async listClosing(tenantId: string): Promise<readonly SyncRunKey[]> {
    const found: SyncRunKey[] = [];
    const queryOptions = { filter: rowsWith(tenantId, closingPrefix), select: ['RowKey'] };
    for await (const { rowKey } of this.table.listEntities({ queryOptions })) {
      const [connectorId, syncRunId] = rowKey!.slice(closingPrefix.length).split('|');
      found.push({ tenantId, connectorId: connectorId!, syncRunId: syncRunId! });
    }
    return found;
  }

  async settle(run: SyncRunKey): Promise<void> {
    await deleteRow(this.table, closingKey(run));
  }

  async listEnded(tenantId: string, since: Date): Promise<readonly SyncStatus[]> {
    const from = `${endedPrefix}${since.toISOString()}`;
    const filter = `${rowsWith(tenantId, endedPrefix)} and ${odata`RowKey ge ${from}`}`;
    const statuses: SyncStatus[] = [];
    const queryOptions = { filter, select: ['endedAs'] };
    for await (const row of this.table.listEntities({ queryOptions }))
      statuses.push(endedColumns.parse(row).endedAs);
    return statuses;
  }

  async purgeEnded(tenantId: string, before: Date): Promise<void> {
    const to = `${endedPrefix}${before.toISOString()}`;
    const filter = `${rowsWith(tenantId, endedPrefix)} and ${odata`RowKey lt ${to}`}`;
    await deleteWhere(this.table, filter);
  }

  listTenant(tenantId: string, status: SyncStatus | undefined, page: PageRequest) {
    const condition = status === undefined ? odata`createdAt ge ''` : odata`status eq ${status}`;
    const filter = `${odata`PartitionKey eq ${tenantId}`} and ${condition}`;
    const toItem = (row: object) => toSummary(connectorOf(row), row);
    return readPage(this.table, filter, page, toItem, summaryColumns);
  }

  async find(tenantId: string, syncRunId: string): Promise<SyncRun | undefined> {
    const filter = odata`PartitionKey eq ${tenantId} and id eq ${syncRunId}`;
    for await (const row of this.table.listEntities<object>({ queryOptions: { filter } }))
      return toRun(connectorOf(row), row);
    return undefined;
  }

  async get(connector: ConnectorKey, syncRunId: string): Promise<Stored<SyncRun> | undefined> {
    if (!isUlid(syncRunId)) return undefined;
    const { partitionKey, rowKey } = runKey(connector, syncRunId);
    const row = await this.table
      .getEntity(partitionKey, rowKey)
      .catch(onStatus(404, () => undefined));
    return row && { ...toRun(connector, row), etag: storedEtag(row) };
  }

  list(connector: ConnectorKey, page: PageRequest): Promise<Page<SyncRunSummary>> {
    const filter = keysFrom(connector, '_');
    const toItem = (row: object) => toSummary(connector, row);
    return readPage(this.table, filter, page, toItem, summaryColumns);
  }

  listBefore(
    connector: ConnectorKey,
    time: Date,
    page: PageRequest,
  ): Promise<Page<SyncRunSummary>> {
    const { rowKey } = runKey(connector, firstUlid(time));
    const filter = `${keysFrom(connector, '_')} and ${odata`RowKey gt ${rowKey}`}`;
    const toItem = (row: object) => toSummary(connector, row);
    return readPage(this.table, filter, page, toItem, summaryColumns);
  }

  async replace(run: Stored<SyncRun>, events: readonly OutboxMessage[] = []): Promise<void> {
    const row = { ...runKey(run, run.id), ...toRunColumns(run) };
    const actions: TransactionAction[] = [['update', row, 'Replace', { etag: run.etag }]];
    await writeWithEvents(this.table, this.outbox, actions, events)
      .catch(onStatus(412, runChanged))
      .catch(onStatus(404, runChanged));
  }

  async delete(run: Stored<SyncRun>): Promise<void> {
    await this.progress.delete({ ...run, syncRunId: run.id });
    await deleteRow(this.table, runKey(run, run.id), run.etag)
      .catch(onStatus(412, runChanged))
      .catch(onStatus(404, runChanged));
  }

  async cleanUp(run: SyncRun): Promise<void> {
    const lock = await this.getLock(run);
    if (lock?.syncRunId === run.id) {
      const ended = { ...endedKey(run), endedAs: run.status };
      await submitUnconditional(this.table, [
        ['upsert', closingKey({ ...run, syncRunId: run.id }), 'Replace'],
        ['upsert', ended, 'Replace'],
      ]);
      await this.releaseLock(run, lock);
    }
    await this.progress.delete({ ...run, syncRunId: run.id });
  }

  reportProgress(
    run: SyncRunKey,
    worker: string,
    progress: WorkerProgress,
    isFirst: boolean,
  ): Promise<void> {
    return this.progress.reportProgress(run, worker, progress, isFirst);
  }

  reportFactoryEnd(run: SyncRunKey, end: FactoryEndEntry): Promise<void> {
    return this.progress.reportFactoryEnd(run, end);
  }

  reportRunHistoryEnd(run: SyncRunKey, end: RunHistoryEndEntry): Promise<void> {
    return this.progress.reportRunHistoryEnd(run, end);
  }

  getProgress(run: SyncRunKey): Promise<ProgressReport> {
    return this.progress.getProgress(run);
  }

  async deleteConnector(connector: ConnectorKey, stretch: Stretch = endless): Promise<void> {
    await deleteWhere(this.table, keysFrom(connector, '_'), stretch);
    if (!stretch.isOver) await deleteWhere(this.table, keysFrom(connector, '|'), stretch);
    const closing = rowsWith(connector.tenantId, `${closingPrefix}${connector.connectorId}|`);
    if (!stretch.isOver) await deleteWhere(this.table, closing, stretch);
    const lock = await this.getLock(connector);
    if (!stretch.isOver && lock) await this.releaseLock(connector, lock);
  }
}

const openPrefix = 'open|';
const closingPrefix = 'closing|';
const endedPrefix = 'ended|';
const maxConcurrentReads = 8;
const endedColumns = z.object({ endedAs: syncStatus });

function rowsWith(tenantId: string, prefix: string): string {
  const { from, to } = prefixRange(prefix);
  return odata`PartitionKey eq ${tenantId} and RowKey ge ${from} and RowKey lt ${to}`;
}

/** Keys of runs contain `_` after the connector id, those of progress reports `|`. */
function keysFrom({ tenantId, connectorId }: ConnectorKey, separator: '_' | '|'): string {
  const { from, to } = prefixRange(`${connectorId}${separator}`);
  return odata`PartitionKey eq ${tenantId} and RowKey ge ${from} and RowKey lt ${to}`;
}

function connectorOf(row: { partitionKey?: string; rowKey?: string }): ConnectorKey {
  return { tenantId: row.partitionKey!, connectorId: row.rowKey!.slice(0, -'_'.length - 26) };
}

const lockKey = ({ tenantId, connectorId }: ConnectorKey) => ({
  partitionKey: tenantId,
  rowKey: `${openPrefix}${connectorId}`,
});
const closingKey = ({ tenantId, connectorId, syncRunId }: SyncRunKey) => ({
  partitionKey: tenantId,
  rowKey: `${closingPrefix}${connectorId}|${syncRunId}`,
});
const endedKey = ({ tenantId, connectorId, id, finishedAt, updatedAt }: SyncRun) => ({
  partitionKey: tenantId,
  rowKey: `${endedPrefix}${finishedAt ?? updatedAt}|${connectorId}|${id}`,
});
const lockOf = (run: SyncRun) => ({
  ...lockKey(run),
  syncRunId: run.id,
  acquiredAt: run.createdAt,
});

const runKey = ({ tenantId, connectorId }: ConnectorKey, syncRunId: string) => ({
  partitionKey: tenantId,
  rowKey: `${connectorId}_${invertUlid(syncRunId)}`,
});
