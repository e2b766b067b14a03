/**
 * Sync runs in Table Storage: PartitionKey is the tenant, RowKey `{connector}_{inverted id}`, so that the newest stands
 * first. The lock of a connector, `{connector}|lock`, lies in the same partition and changes in one transaction.
 */
import { odata, type TableClient, type TransactionAction } from '@azure/data-tables';
import type { ConnectorKey } from '../catalog/resource';
import { ConflictError, StaleError } from '../errors';
import type { Page, PageRequest } from '../page';
import type { Stored } from '../stored';
import type { HeldLock, Lock, SyncRunStore } from '../sync/ports';
import { openStatuses, type Meter, type SyncRun, type SyncStatus } from '../sync/sync-run';
import { inverted, isUlid } from '../sync/ulid';
import { meterColumns, toRun, toRunColumns } from './sync-run-row';
import { on, pageOf, prefixRange, rethrow } from './tables';

const locked = rethrow(ConflictError, 'sync_locked', 'The connector is locked by a sync.');
const lockChanged = rethrow(ConflictError, 'sync_lock_changed', 'Somebody else took the lock.');
const runChanged = rethrow(StaleError, 'sync_changed', 'The sync changed since it was read.');

export class SyncRunTable implements SyncRunStore {
  constructor(private readonly table: TableClient) {}

  async begin(run: SyncRun): Promise<void> {
    const actions: TransactionAction[] = [
      ['create', lockOf(run)],
      ['create', { ...runKey(run, run.id), ...toRunColumns(run), ...meterColumns('0', run.meter) }],
    ];
    await this.table.submitTransaction(actions).catch(on(409, locked));
  }

  async takeOver(run: SyncRun, from: Stored<Lock>): Promise<void> {
    const actions: TransactionAction[] = [
      ['update', lockOf(run), 'Replace', { etag: from.etag }],
      ['create', { ...runKey(run, run.id), ...toRunColumns(run) }],
    ];
    await this.table
      .submitTransaction(actions)
      .catch(on(412, lockChanged))
      .catch(on(404, lockChanged));
  }

  async lock(connector: ConnectorKey): Promise<Stored<Lock> | undefined> {
    const { partitionKey, rowKey } = lockKey(connector);
    const row = await this.table
      .getEntity<{ runId: string; takenAt: string }>(partitionKey, rowKey)
      .catch(on(404, () => undefined));
    return row && { runId: row.runId, takenAt: row.takenAt, etag: row.etag };
  }

  async locks(tenantId: string): Promise<readonly HeldLock[]> {
    const filter = odata`PartitionKey eq ${tenantId} and takenAt ge ''`;
    const held: HeldLock[] = [];
    for await (const { rowKey, runId, takenAt, etag } of this.table.listEntities<{
      runId: string;
      takenAt: string;
    }>({ queryOptions: { filter } }))
      held.push({ connectorId: rowKey!.split('|')[0]!, runId, takenAt, etag });
    return held;
  }

  async release(connector: ConnectorKey, { etag }: Stored<Lock>): Promise<void> {
    const { partitionKey, rowKey } = lockKey(connector);
    await this.table
      .deleteEntity(partitionKey, rowKey, { etag })
      .catch(on(412, () => undefined))
      .catch(on(404, () => undefined));
  }

  async unsettled(tenantId: string, since: Date): Promise<readonly SyncRun[]> {
    const open = openStatuses.map((status) => odata`status eq ${status}`).join(' or ');
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
    return pageOf(this.table, filter, page, (row) => toRun(connectorOf(row), row));
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
    const row = await this.table.getEntity(partitionKey, rowKey).catch(on(404, () => undefined));
    return row && { ...toRun(connector, row), etag: row.etag };
  }

  async list(
    connector: ConnectorKey,
    { limit, continuation }: PageRequest,
  ): Promise<Page<SyncRun>> {
    const { from, to } = prefixRange(`${connector.connectorId}_`);
    const filter = odata`PartitionKey eq ${connector.tenantId} and RowKey ge ${from} and RowKey lt ${to}`;
    const pages = this.table
      .listEntities<object>({ queryOptions: { filter } })
      .byPage({ maxPageSize: limit, ...(continuation && { continuationToken: continuation }) });
    const { value: page } = await pages.next();
    if (!page) return { items: [] };
    const next = page.continuationToken;
    return {
      items: page.map((row: object) => toRun(connector, row)),
      ...(next && { continuation: next }),
    };
  }

  async replace(run: Stored<SyncRun>): Promise<void> {
    await this.table
      .updateEntity({ ...runKey(run, run.id), ...toRunColumns(run) }, 'Merge', { etag: run.etag })
      .catch(on(412, runChanged));
  }

  async finish(run: Stored<SyncRun>): Promise<void> {
    const lock = await this.lock(run);
    if (lock?.runId !== run.id) return this.replace(run);
    const actions: TransactionAction[] = [
      ['update', { ...runKey(run, run.id), ...toRunColumns(run) }, 'Merge', { etag: run.etag }],
      ['delete', lockKey(run)],
    ];
    await this.table.submitTransaction(actions).catch(on(412, runChanged));
  }

  async meter(connector: ConnectorKey, runId: string, worker: string, meter: Meter) {
    const row = { ...runKey(connector, runId), ...meterColumns(worker, meter) };
    await this.table.updateEntity(row, 'Merge', { etag: '*' });
  }

  async deleteConnector(connector: ConnectorKey): Promise<void> {
    const { tenantId, connectorId } = connector;
    const { from, to } = prefixRange(`${connectorId}_`);
    const filter = odata`PartitionKey eq ${tenantId} and RowKey ge ${from} and RowKey lt ${to}`;
    const queryOptions = { filter, select: ['RowKey'] };
    const pages = this.table.listEntities({ queryOptions }).byPage({ maxPageSize: 100 });
    for await (const page of pages) {
      const actions = page.map(({ rowKey }): TransactionAction => [
        'delete',
        { partitionKey: tenantId, rowKey: rowKey! },
      ]);
      if (actions.length > 0) await this.table.submitTransaction(actions);
    }
    const { partitionKey, rowKey } = lockKey(connector);
    await this.table.deleteEntity(partitionKey, rowKey).catch(on(404, () => undefined));
  }
}

function connectorOf(row: { partitionKey?: string; rowKey?: string }): ConnectorKey {
  return { tenantId: row.partitionKey!, connectorId: row.rowKey!.slice(0, -'_'.length - 26) };
}

const lockKey = ({ tenantId, connectorId }: ConnectorKey) => ({
  partitionKey: tenantId,
  rowKey: `${connectorId}|lock`,
});
const lockOf = (run: SyncRun) => ({ ...lockKey(run), runId: run.id, takenAt: run.createdAt });

const runKey = ({ tenantId, connectorId }: ConnectorKey, runId: string) => ({
  partitionKey: tenantId,
  rowKey: `${connectorId}_${inverted(runId)}`,
});
