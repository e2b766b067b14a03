/** Schemas of the JSON in the rows of sync runs and their progress. */
import { z } from 'zod';
import { resourceKind } from '../../data-factory/resource';
import { factoryStatus } from '../../sync/sync-run';

export const failure = z.object({ code: z.string(), message: z.string() });

const tally = z.object({
  read: z.number(),
  written: z.number(),
  unchanged: z.number(),
  removed: z.number(),
});
export const tallies = z.partialRecord(resourceKind, tally);

export const runTally = z.object({
  pipelineRuns: z.number(),
  triggerRuns: z.number(),
  runsWithActivities: z.number(),
  remaining: z.number(),
});

export const factoryRef = z.object({
  subscriptionId: z.string(),
  resourceGroup: z.string(),
  name: z.string(),
});

export const factoryOutcome = z.object({
  factory: factoryRef,
  status: factoryStatus,
  counts: tally.exactOptional(),
  failures: z.record(z.string(), failure).exactOptional(),
  runs: runTally.exactOptional(),
  massRemovals: z
    .record(z.string(), z.object({ removed: z.number(), of: z.number() }))
    .exactOptional(),
});
