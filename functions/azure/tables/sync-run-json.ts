/** Schemas of the JSON in the rows of sync runs and their progress. */
import { z } from 'zod';
import type { MassRemoval } from '../../catalog/mirror/mirror-messages';
import type { Tally } from '../../catalog/tallies';
import { resourceKind, type FactoryRef } from '../../data-factory/resource';
import type { RunTally } from '../../run-history/run-tallies';
import { factoryStatus, type FactoryOutcome } from '../../sync/sync-run';
import type { SchemaShape } from '../table-storage/json-column';

export const failure = z.object({ code: z.string(), message: z.string() });

const tally = z.object({
  read: z.number(),
  written: z.number(),
  unchanged: z.number(),
  removed: z.number(),
} satisfies SchemaShape<Tally>);
export const tallies = z.partialRecord(resourceKind, tally);

export const runTally = z.object({
  pipelineRuns: z.number(),
  triggerRuns: z.number(),
  runsWithActivities: z.number(),
  remaining: z.number(),
} satisfies SchemaShape<RunTally>);

export const factoryRef = z.object({
  subscriptionId: z.string(),
  resourceGroup: z.string(),
  name: z.string(),
} satisfies SchemaShape<FactoryRef>);

export const massRemoval = z.object({
  removed: z.number(),
  of: z.number(),
} satisfies SchemaShape<MassRemoval>);

export const factoryOutcome = z.object({
  factory: factoryRef,
  status: factoryStatus,
  counts: tally.exactOptional(),
  failures: z.record(z.string(), failure).exactOptional(),
  runs: runTally.exactOptional(),
  massRemovals: z.record(z.string(), massRemoval).exactOptional(),
} satisfies SchemaShape<FactoryOutcome>);
