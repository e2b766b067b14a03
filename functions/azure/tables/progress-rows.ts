/**
 * Progress reports in the partition of their sync run. RowKey: `{connector}|{sync
 * run}|worker|{worker}` for a worker, `…|end|{factory hash}` for a factory whose lists ended,
 * `…|history|{factory hash}` for one whose run history ended. Each row has one writer.
 */
import { odata, type TableClient } from '@azure/data-tables';
import { z } from 'zod';
import { resourceKind, type ListedKind } from '../../data-factory/resource';
import { factoryHash } from '../../data-factory/resource-id';
import type { SyncRunKey } from '../../storage/sync-run-key';
import { isUlid } from '../../storage/ulid';
import {
  emptyReport,
  mergeEnds,
  type FactoryEndEntry,
  type ProgressCounts,
  type ProgressReport,
  type RunHistoryEndEntry,
  type WorkerFactoryProgress,
  type WorkerProgress,
} from '../../sync/progress/progress-report';
import { replaceExistingRow } from '../table-storage/conditional-write';
import { fromGzipColumns, toGzipColumns } from '../table-storage/gzip-columns';
import type { SchemaShape } from '../table-storage/json-column';
import { deleteWhere } from '../table-storage/row-deletion';
import { prefixRange } from '../table-storage/table-client';
import { factoryOutcome, factoryRef, failure, runTally, tallies } from './sync-run-json';

const listedKind = resourceKind.exclude(['activity']) satisfies z.ZodType<ListedKind>;

const workerProgress = z.object({
  at: z.string(),
  factories: z.array(
    z.object({
      factory: factoryRef,
      lists: z.array(listedKind),
      readingRunHistory: z.boolean(),
      throttledParts: z.partialRecord(z.enum([...listedKind.options, 'runHistory']), z.string()),
      counts: z.object({
        objects: z.number(),
        read: z.number(),
        written: z.number(),
        pipelineRuns: z.number(),
        triggerRuns: z.number(),
        runsWithActivities: z.number(),
      } satisfies SchemaShape<ProgressCounts>),
      remaining: z.number().exactOptional(),
    } satisfies SchemaShape<WorkerFactoryProgress>),
  ),
  samples: z.array(z.tuple([z.number(), z.number(), z.number(), z.number()])),
} satisfies SchemaShape<WorkerProgress>);

const factoryEnd = z.object({
  outcome: factoryOutcome,
  tallies,
  expectedObjects: z.number().exactOptional(),
  runHistoryPending: z.literal(true).exactOptional(),
  durationMs: z.number(),
} satisfies SchemaShape<FactoryEndEntry>);

const runHistoryEnd = z.object({
  factory: factoryRef,
  tally: runTally,
  failure: failure.exactOptional(),
  isCancelled: z.literal(true).exactOptional(),
  isPending: z.literal(true).exactOptional(),
  durationMs: z.number(),
} satisfies SchemaShape<RunHistoryEndEntry>);

export class ProgressRows {
  constructor(private readonly table: TableClient) {}

  async reportProgress(
    run: SyncRunKey,
    worker: string,
    progress: WorkerProgress,
    isFirst: boolean,
  ): Promise<void> {
    const row = rowOf(run, `worker|${worker}`, progress);
    if (isFirst) await this.table.upsertEntity(row, 'Replace');
    else await replaceExistingRow(this.table, row);
  }

  async reportFactoryEnd(run: SyncRunKey, end: FactoryEndEntry): Promise<void> {
    const row = rowOf(run, `end|${factoryHash(end.outcome.factory)}`, end);
    await this.table.upsertEntity(row, 'Replace');
  }

  async reportRunHistoryEnd(run: SyncRunKey, end: RunHistoryEndEntry): Promise<void> {
    const row = rowOf(run, `history|${factoryHash(end.factory)}`, end);
    await this.table.upsertEntity(row, 'Replace');
  }

  async getProgress(run: SyncRunKey): Promise<ProgressReport> {
    if (!isUlid(run.syncRunId)) return emptyReport;
    const workers: WorkerProgress[] = [];
    const ended: FactoryEndEntry[] = [];
    const histories: RunHistoryEndEntry[] = [];
    const queryOptions = { filter: filterOf(run) };
    for await (const row of this.table.listEntities<Record<string, unknown>>({ queryOptions })) {
      const json: unknown = JSON.parse(fromGzipColumns([row])!);
      const [part] = row.rowKey!.slice(prefixOf(run).length).split('|');
      if (part === 'worker') workers.push(workerProgress.parse(json));
      else if (part === 'history') histories.push(runHistoryEnd.parse(json));
      else ended.push(factoryEnd.parse(json));
    }
    return { workers, ended: mergeEnds(ended, histories) };
  }

  async delete(run: SyncRunKey): Promise<void> {
    await deleteWhere(this.table, filterOf(run));
  }
}

const prefixOf = ({ connectorId, syncRunId }: SyncRunKey) => `${connectorId}|${syncRunId}|`;

function filterOf(run: SyncRunKey): string {
  const { from, to } = prefixRange(prefixOf(run));
  return odata`PartitionKey eq ${run.tenantId} and RowKey ge ${from} and RowKey lt ${to}`;
}

const rowOf = (
  run: SyncRunKey,
  name: string,
  json: WorkerProgress | FactoryEndEntry | RunHistoryEndEntry,
) => ({
  partitionKey: run.tenantId,
  rowKey: `${prefixOf(run)}${name}`,
  ...toGzipColumns(JSON.stringify(json)).own,
});
