/** A factory of a sync run as callers see it. */
import { z } from 'zod';
import { factoryState, type FactoryProgress } from './progress/factory-progress';
import { factoryKey } from './progress/progress-report';

export const failure = z.strictObject({ code: z.string(), message: z.string() });

export const runCounts = z.strictObject({
  pipelineRuns: z.int(),
  triggerRuns: z.int(),
  detailed: z.int().describe('Runs whose activities were read.'),
  left: z
    .int()
    .optional()
    .describe(
      'Runs whose activities are not read yet: by this sync while it goes on, by later ones after.',
    ),
});

export const factoryAnswer = z
  .strictObject({
    name: z.string(),
    resourceGroup: z.string(),
    subscriptionId: z.string(),
    status: factoryState.describe(
      '`waiting`: Azure puts off what is left of it. `run_history_pending`: its run history waits for the lists of others. `no_access`: what is known of it is kept. `gone`, `filtered_out`: what was known of it is removed.',
    ),
    lists: z
      .strictObject({ done: z.int(), total: z.int() })
      .optional()
      .describe('While they are being read.'),
    waiting: z
      .strictObject({ reason: z.literal('throttled'), until: z.iso.datetime() })
      .optional()
      .describe('Azure asked for patience about all that is left of this factory.'),
    resources: z.strictObject({ read: z.int(), written: z.int() }),
    failures: z.array(failure.extend({ kind: z.string() })),
    runs: runCounts.optional(),
    warnings: z
      .array(failure.extend({ kind: z.string() }))
      .describe('Much vanished at once: it is hidden, but kept until somebody confirms.'),
  })
  .meta({ id: 'SyncFactory' });

export function toFactoryAnswer(standing: FactoryProgress): z.infer<typeof factoryAnswer> {
  const { factory, status, live, outcome } = standing;
  const { failures = {}, alarms = {} } = outcome ?? {};
  const { read = 0, written = 0 } = outcome?.counts ?? live?.counts ?? {};
  const runs = live ? liveRuns(live) : outcome?.runs;
  return {
    name: factory.name,
    resourceGroup: factory.resourceGroup,
    subscriptionId: factory.subscriptionId,
    status,
    ...(live && { lists: live.lists }),
    ...(live?.throttledUntil !== undefined && {
      waiting: { reason: 'throttled', until: live.throttledUntil },
    }),
    resources: { read, written },
    failures: Object.entries(failures).map(([kind, { code, message }]) => ({
      kind,
      code,
      message,
    })),
    ...(runs && { runs }),
    warnings: Object.entries(alarms).map(([kind, { removed, of }]) => ({
      kind,
      code: 'mass_removal',
      message: `${removed} of ${of} vanished at once.`,
    })),
  };
}

function liveRuns({ readingRunHistory, counts, left }: NonNullable<FactoryProgress['live']>) {
  if (!readingRunHistory) return undefined;
  const { pipelineRuns, triggerRuns, detailed } = counts;
  return { pipelineRuns, triggerRuns, detailed, ...(left !== undefined && { left }) };
}

/** What a person should look at comes first, then what goes on, then what is done. */
const order = [
  'failed',
  'no_access',
  'partial',
  'waiting',
  'reading_run_history',
  'reading',
  'run_history_pending',
  'paused',
  'cancelled',
  'gone',
  'filtered_out',
  'succeeded',
] as const satisfies readonly FactoryProgress['status'][];
const rankOf = ({ status }: FactoryProgress) => order.indexOf(status);

export const byAttention = (a: FactoryProgress, b: FactoryProgress): number =>
  rankOf(a) - rankOf(b) || (factoryKey(a.factory) < factoryKey(b.factory) ? -1 : 1);
