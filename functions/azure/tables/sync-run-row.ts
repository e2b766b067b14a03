/** A sync run as a row. What lists show is in columns of its own; what grows with the factories is packed apart. */
import { z } from 'zod';
import type { Failure } from '../../catalog/mirror-messages';
import type { Tallies } from '../../catalog/tallies';
import type { ConnectorKey } from '../../storage/connector-key';
import type { RunTally } from '../../run-history/run-mirror-messages';
import {
  countOutcomes,
  storedPhase,
  syncMode,
  syncStatus,
  syncTrigger,
  type FactoryOutcome,
  type Outcomes,
  type RemovalConfirmation,
  type Requester,
  type SyncRun,
  type SyncRunSummary,
} from '../../sync/sync-run';
import { toGzipColumns, fromGzipColumns } from '../table-storage/gzip-columns';

/** Named field by field: a row carries OData annotations that must not leak into the domain. */
const columns = z.object({
  id: z.string(),
  mode: syncMode,
  trigger: syncTrigger,
  status: syncStatus,
  phase: storedPhase,
  lists: z.number(),
  factoryCount: z.number(),
  expected: z.number().exactOptional(),
  activeMs: z.number(),
  activeSince: z.string().exactOptional(),
  createdAt: z.string(),
  updatedAt: z.string(),
  startedAt: z.string().exactOptional(),
  finishedAt: z.string().exactOptional(),
  changesPurgedAt: z.string().exactOptional(),
});

/** Columns of a list: all but the packed factories. */
export const summaryColumns = ['PartitionKey', 'RowKey', 'details', ...Object.keys(columns.shape)];

/** Of bounded size, in one column. */
interface Details {
  readonly tallies: Tallies;
  readonly outcomes: Outcomes;
  readonly runs?: RunTally;
  readonly error?: Failure;
  readonly requestedBy?: Requester;
  readonly retryOf?: string;
  readonly removalsConfirmed?: RemovalConfirmation;
}

export function toRunColumns(run: SyncRun): Record<string, unknown> {
  const { tallies, runs, factories, error, requestedBy, retryOf, removalsConfirmed } = run;
  const details: Details = {
    tallies,
    outcomes: countOutcomes(factories),
    ...(runs && { runs }),
    ...(error && { error }),
    ...(requestedBy && { requestedBy }),
    ...(retryOf && { retryOf }),
    ...(removalsConfirmed && { removalsConfirmed }),
  };
  const packed = factories.length > 0 ? toGzipColumns(JSON.stringify(factories)).own : {};
  return { ...columns.parse(run), details: JSON.stringify(details), ...packed };
}

export function toRun(connector: ConnectorKey, row: object): SyncRun {
  const { outcomes: _, ...run } = toSummary(connector, row);
  const packed = fromGzipColumns([row as Readonly<Record<string, unknown>>]);
  return { ...run, factories: JSON.parse(packed ?? '[]') as FactoryOutcome[] };
}

export function toSummary({ tenantId, connectorId }: ConnectorKey, row: object): SyncRunSummary {
  const details = JSON.parse((row as { details: string }).details) as Details;
  return { tenantId, connectorId, ...columns.parse(row), ...details };
}
