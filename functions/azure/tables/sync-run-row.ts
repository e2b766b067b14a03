/** A sync run as a row: a column for each field of lists, and one gzip column for its factories. */
import { z } from 'zod';
import type { ConnectorKey } from '../../storage/connector-key';
import {
  countOutcomes,
  factoryStatus,
  storedPhase,
  syncMode,
  syncStatus,
  syncTrigger,
  type Outcomes,
  type SyncRun,
  type SyncRunSummary,
} from '../../sync/sync-run';
import { fromGzipColumns, toGzipColumns } from '../table-storage/gzip-columns';
import { jsonColumn, type SchemaShape } from '../table-storage/json-column';
import { factoryOutcome, failure, runTally, tallies } from './sync-run-json';

const person = z.object({ objectId: z.string(), displayName: z.string() });

const columns = z.object({
  id: z.string(),
  mode: syncMode,
  trigger: syncTrigger,
  status: syncStatus,
  phase: storedPhase,
  listCount: z.number(),
  factoryCount: z.number(),
  expectedObjects: z.number().exactOptional(),
  activeMs: z.number(),
  activeSince: z.string().exactOptional(),
  createdAt: z.string(),
  updatedAt: z.string(),
  startedAt: z.string().exactOptional(),
  finishedAt: z.string().exactOptional(),
  changesPurgedAt: z.string().exactOptional(),
});
/** Bounded in size, so one column holds all of them. */
const details = z.object({
  tallies,
  outcomes: z.partialRecord(factoryStatus, z.number()),
  runs: runTally.exactOptional(),
  error: failure.exactOptional(),
  requestedBy: person.exactOptional(),
  cancelledBy: person.exactOptional(),
  retryOf: z.string().exactOptional(),
  removalsConfirmed: z.object({ at: z.string(), by: person }).exactOptional(),
} satisfies SchemaShape<Omit<SyncRunSummary, keyof ConnectorKey | keyof z.infer<typeof columns>>>);

const summaryRow = columns.extend({ details: jsonColumn(details) });

/** Columns of a list: all but the factories. */
export const summaryColumns = ['PartitionKey', 'RowKey', ...Object.keys(summaryRow.shape)];

export function toRunColumns(run: SyncRun): Record<string, unknown> {
  const { tallies: counts, runs, factories, error } = run;
  const { requestedBy, cancelledBy, retryOf, removalsConfirmed } = run;
  const outcomes: Outcomes = countOutcomes(factories);
  const json = JSON.stringify({
    tallies: counts,
    outcomes,
    runs,
    error,
    requestedBy,
    cancelledBy,
    retryOf,
    removalsConfirmed,
  } satisfies Record<keyof z.infer<typeof details>, unknown>);
  const packed = factories.length > 0 ? toGzipColumns(JSON.stringify(factories)).own : {};
  return { ...columns.parse(run), details: json, ...packed };
}

export function toRun(connector: ConnectorKey, row: object): SyncRun {
  const { outcomes: _outcomes, ...run } = toSummary(connector, row);
  const packed = fromGzipColumns([row as Readonly<Record<string, unknown>>]);
  return { ...run, factories: z.array(factoryOutcome).parse(JSON.parse(packed ?? '[]')) };
}

export function toSummary({ tenantId, connectorId }: ConnectorKey, row: object): SyncRunSummary {
  const { details: more, ...run } = summaryRow.parse(row);
  return { tenantId, connectorId, ...run, ...more };
}
