/**
 * What is told of a run that goes on, in the partition of the run: RowKey `{connector}|{run}|w|{worker}` for a worker
 * and `{connector}|{run}|e|{factory}` for a factory that has ended. One writer a row, so nobody waits for anybody.
 */
import { odata, type TableClient } from '@azure/data-tables';
import { factoryHash } from '../../data-factory/resource-id';
import { isUlid } from '../../storage/ulid';
import {
  emptyReport,
  type FactoryEndEntry,
  type Told,
  type WorkerProgress,
} from '../../sync/progress/progress-report';
import type { RunKey } from '../../sync/step-messages';
import { toGzipColumns, fromGzipColumns } from '../table-storage/gzip-columns';
import { deleteWhere } from '../table-storage/row-deletion';
import { prefixRange } from '../table-storage/table-client';

export class ProgressRows {
  constructor(private readonly table: TableClient) {}

  async tell(run: RunKey, worker: string, word: WorkerProgress, isFirst: boolean): Promise<void> {
    const row = rowOf(run, `w|${worker}`, word);
    if (isFirst) await this.table.upsertEntity(row, 'Replace');
    else await this.table.updateEntity(row, 'Replace', { etag: '*' });
  }

  async tellEnd(run: RunKey, ended: FactoryEndEntry): Promise<void> {
    const row = rowOf(run, `e|${factoryHash(ended.outcome.factory)}`, ended);
    await this.table.upsertEntity(row, 'Replace');
  }

  async told(run: RunKey): Promise<Told> {
    if (!isUlid(run.runId)) return emptyReport;
    const workers: WorkerProgress[] = [];
    const ended: FactoryEndEntry[] = [];
    const queryOptions = { filter: filterOf(run) };
    for await (const row of this.table.listEntities<Record<string, unknown>>({ queryOptions })) {
      const said: unknown = JSON.parse(fromGzipColumns([row])!);
      if (row.rowKey!.startsWith(`${prefixOf(run)}w|`)) workers.push(said as WorkerProgress);
      else ended.push(said as FactoryEndEntry);
    }
    return { workers, ended };
  }

  async forget(run: RunKey): Promise<void> {
    await deleteWhere(this.table, filterOf(run));
  }
}

const prefixOf = ({ connectorId, runId }: RunKey) => `${connectorId}|${runId}|`;

function filterOf(run: RunKey): string {
  const { from, to } = prefixRange(prefixOf(run));
  return odata`PartitionKey eq ${run.tenantId} and RowKey ge ${from} and RowKey lt ${to}`;
}

const rowOf = (run: RunKey, name: string, said: WorkerProgress | FactoryEndEntry) => ({
  partitionKey: run.tenantId,
  rowKey: `${prefixOf(run)}${name}`,
  ...toGzipColumns(JSON.stringify(said)).own,
});
