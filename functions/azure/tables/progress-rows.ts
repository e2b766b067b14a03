/**
 * What is told of a run that goes on, in the partition of the run: RowKey `{connector}|{run}|w|{worker}` for a worker
 * and `{connector}|{run}|e|{factory}` for a factory that has ended. One writer a row, so nobody waits for anybody.
 */
import { odata, type TableClient } from '@azure/data-tables';
import { factoryHash } from '../../data-factory/resource-id';
import { isUlid } from '../../storage/ulid';
import {
  nothingTold,
  type EndedFactory,
  type Told,
  type WorkerWord,
} from '../../sync/progress/progress-report';
import type { RunKey } from '../../sync/step-messages';
import { packBody, unpackBody } from '../table-storage/gzip-columns';
import { deleteWhere } from '../table-storage/row-deletion';
import { prefixRange } from '../table-storage/table-client';

export class ToldRows {
  constructor(private readonly table: TableClient) {}

  async tell(run: RunKey, worker: string, word: WorkerWord, isFirst: boolean): Promise<void> {
    const row = rowOf(run, `w|${worker}`, word);
    if (isFirst) await this.table.upsertEntity(row, 'Replace');
    else await this.table.updateEntity(row, 'Replace', { etag: '*' });
  }

  async tellEnd(run: RunKey, ended: EndedFactory): Promise<void> {
    const row = rowOf(run, `e|${factoryHash(ended.outcome.factory)}`, ended);
    await this.table.upsertEntity(row, 'Replace');
  }

  async told(run: RunKey): Promise<Told> {
    if (!isUlid(run.runId)) return nothingTold;
    const workers: WorkerWord[] = [];
    const ended: EndedFactory[] = [];
    const queryOptions = { filter: filterOf(run) };
    for await (const row of this.table.listEntities<Record<string, unknown>>({ queryOptions })) {
      const said: unknown = JSON.parse(unpackBody([row])!);
      if (row.rowKey!.startsWith(`${prefixOf(run)}w|`)) workers.push(said as WorkerWord);
      else ended.push(said as EndedFactory);
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

const rowOf = (run: RunKey, name: string, said: WorkerWord | EndedFactory) => ({
  partitionKey: run.tenantId,
  rowKey: `${prefixOf(run)}${name}`,
  ...packBody(JSON.stringify(said)).own,
});
