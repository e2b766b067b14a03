/**
 * Sync runs in Table Storage: PartitionKey is the tenant, RowKey `{connector}_{inverted id}`, so that the newest stands
 * first. The lock of a connector, `{connector}|lock`, lies in the same partition and is taken in one transaction with
 * its run; what is told of a run while it goes on lies there, too.
 */
import { odata, type TableClient, type TransactionAction } from '@azure/data-tables';
import type { ConnectorKey } from '../../storage/connector-key';
import { ConflictError, StaleError } from '../../errors/app-error';
import type { Page, PageRequest } from '../../storage/page';
import type { Stored } from '../../storage/stored';
import type { HeldLock, Lock, SyncRunStore } from '../../sync/ports';
import {
  activeStatuses,
  type SyncRun,
  type SyncRunSummary,
  type SyncStatus,
} from '../../sync/sync-run';
import type { FactoryEndEntry, Told, WorkerProgress } from '../../sync/progress/progress-report';
import type { RunKey } from '../../sync/step-messages';
import { firstUlid, invertUlid, isUlid } from '../../storage/ulid';
import { deleteWhere } from '../table-storage/row-deletion';
import { summaryColumns, toRun, toRunColumns, toSummary } from './sync-run-row';
import { onStatus, readPage, prefixRange, throwAs } from '../table-storage/table-client';
import { ProgressRows } from './progress-rows';

const locked = throwAs(ConflictError, 'sync_locked', 'The connector is locked by a sync.');
const lockChanged = throwAs(ConflictError, 'sync_lock_changed', 'Somebody else took the lock.');
const runChanged = throwAs(StaleError, 'sync_changed', 'The sync changed since it was read.');

export class SyncRunTable implements SyncRunStore {
  private readonly words: ProgressRows;

  constructor(private readonly table: TableClient) {
    this.words = new ProgressRows(table);
  }

  async begin(run: SyncRun): Promise<void> {
    const actions: TransactionAction[] = [
      ['create', lockOf(run)],
      ['create', { ...runKey(run, run.id), ...toRunColumns(run) }],
    ];
    await this.table.submitTransaction(actions).catch(onStatus(409, locked));
  }

  async takeOver(run: SyncRun, from: Stored<Lock>): Promise<void> {
    const actions: TransactionAction[] = [
      ['update', lockOf(run), 'Replace', { etag: from.etag }],
      ['create', { ...runKey(run, run.id), ...toRunColumns(run) }],
    ];
    await this.table
      .submitTransaction(actions)
      .catch(onStatus(412, lockChanged))
      .catch(onStatus(404, lockChanged));
  }

  async lock(connector: ConnectorKey): Promise<Stored<Lock> | undefined> {
    const { partitionKey, rowKey } = lockKey(connector);
    const row = await this.table
      .getEntity<{ runId: string; acquiredAt: string }>(partitionKey, rowKey)
      .catch(onStatus(404, () => undefined));
    return row && { runId: row.runId, acquiredAt: row.acquiredAt, etag: row.etag };
  }

  async locks(tenantId: string): Promise<readonly HeldLock[]> {
    const filter = odata`PartitionKey eq ${tenantId} and acquiredAt ge ''`;
    const held: HeldLock[] = [];
    for await (const { rowKey, runId, acquiredAt, etag } of this.table.listEntities<{
      runId: string;
      acquiredAt: string;
    }>({ queryOptions: { filter } }))
      held.push({ connectorId: rowKey!.split('|')[0]!, runId, acquiredAt, etag });
    return held;
  }

  async release(connector: ConnectorKey, { etag }: Stored<Lock>): Promise<void> {
    const { partitionKey, rowKey } = lockKey(connector);
    await this.table
      .deleteEntity(partitionKey, rowKey, { etag })
      .catch(onStatus(412, () => undefined))
      .catch(onStatus(404, () => undefined));
  }

  async listActive(tenantId: string, since: Date): Promise<readonly SyncRun[]> {
    const open = activeStatuses.map((status) => odata`status eq ${status}`).join(' or ');
    const filter = odata`PartitionKey eq ${tenantId} and (finishedAt ge ${since.toISOString()} or `;
    const runs: SyncRun[] = [];
    const queryOptions = { filter: `${filter}${open})` };
    for await (const row of this.table.listEntities<object>({ queryOptions }))
      runs.push(toRun(connectorOf(row), row));
    return runs;
  }

  listTenant(tenantId: string, status: SyncStatus | undefined, page: PageRequest) {
    const which = status === undefined ? odata`createdAt ge ''` : odata`status eq ${status}`;
    const filter = `${odata`PartitionKey eq ${tenantId}`} and ${which}`;
    const show = (row: object) => toSummary(connectorOf(row), row);
    return readPage(this.table, filter, page, show, summaryColumns);
  }

  async find(tenantId: string, runId: string): Promise<SyncRun | undefined> {
    const filter = odata`PartitionKey eq ${tenantId} and id eq ${runId}`;
    for await (const row of this.table.listEntities<object>({ queryOptions: { filter } }))
      return toRun(connectorOf(row), row);
    return undefined;
  }

  async get(connector: ConnectorKey, runId: string): Promise<Stored<SyncRun> | undefined> {
    if (!isUlid(runId)) return undefined;
    const { partitionKey, rowKey } = runKey(connector, runId);
    const row = await this.table
      .getEntity(partitionKey, rowKey)
      .catch(onStatus(404, () => undefined));
    return row && { ...toRun(connector, row), etag: row.etag };
  }

  list(connector: ConnectorKey, page: PageRequest): Promise<Page<SyncRunSummary>> {
    const filter = keysFrom(connector, '_');
    const show = (row: object) => toSummary(connector, row);
    return readPage(this.table, filter, page, show, summaryColumns);
  }

  before(connector: ConnectorKey, time: Date, page: PageRequest): Promise<Page<SyncRunSummary>> {
    const { rowKey } = runKey(connector, firstUlid(time));
    const filter = `${keysFrom(connector, '_')} and ${odata`RowKey gt ${rowKey}`}`;
    const show = (row: object) => toSummary(connector, row);
    return readPage(this.table, filter, page, show, summaryColumns);
  }

  async replace(run: Stored<SyncRun>): Promise<void> {
    await this.table
      .updateEntity({ ...runKey(run, run.id), ...toRunColumns(run) }, 'Replace', { etag: run.etag })
      .catch(onStatus(412, runChanged))
      .catch(onStatus(404, runChanged));
  }

  async delete(run: Stored<SyncRun>): Promise<void> {
    const { partitionKey, rowKey } = runKey(run, run.id);
    await this.words.forget({ ...run, runId: run.id });
    await this.table
      .deleteEntity(partitionKey, rowKey, { etag: run.etag })
      .catch(onStatus(412, runChanged))
      .catch(onStatus(404, runChanged));
  }

  async finish(run: Stored<SyncRun>): Promise<void> {
    const lock = await this.lock(run);
    await this.replace(run);
    // On its own, since a transaction deletes whatever lock it finds, also one that was taken over since.
    if (lock?.runId === run.id) await this.release(run, lock);
    await this.words.forget({ ...run, runId: run.id });
  }

  tell(run: RunKey, worker: string, word: WorkerProgress, isFirst: boolean): Promise<void> {
    return this.words.tell(run, worker, word, isFirst);
  }

  tellEnd(run: RunKey, ended: FactoryEndEntry): Promise<void> {
    return this.words.tellEnd(run, ended);
  }

  told(run: RunKey): Promise<Told> {
    return this.words.told(run);
  }

  async deleteConnector(connector: ConnectorKey): Promise<void> {
    await deleteWhere(this.table, keysFrom(connector, '_'));
    await deleteWhere(this.table, keysFrom(connector, '|'));
  }
}

/** Runs follow a `_`, what stands beside them a `|`. */
function keysFrom({ tenantId, connectorId }: ConnectorKey, separator: '_' | '|'): string {
  const { from, to } = prefixRange(`${connectorId}${separator}`);
  return odata`PartitionKey eq ${tenantId} and RowKey ge ${from} and RowKey lt ${to}`;
}

function connectorOf(row: { partitionKey?: string; rowKey?: string }): ConnectorKey {
  return { tenantId: row.partitionKey!, connectorId: row.rowKey!.slice(0, -'_'.length - 26) };
}

const lockKey = ({ tenantId, connectorId }: ConnectorKey) => ({
  partitionKey: tenantId,
  rowKey: `${connectorId}|lock`,
});
const lockOf = (run: SyncRun) => ({ ...lockKey(run), runId: run.id, acquiredAt: run.createdAt });

const runKey = ({ tenantId, connectorId }: ConnectorKey, runId: string) => ({
  partitionKey: tenantId,
  rowKey: `${connectorId}_${invertUlid(runId)}`,
});
