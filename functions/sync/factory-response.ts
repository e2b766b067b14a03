/** A factory of a sync run as callers see it. */
import { z } from 'zod';
import { factoryState, type FactoryStanding } from './progress/factory-progress';
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
      '`waiting`: Azure puts off what is left of it. `lists_read`: its run history waits for the lists of others. `no_access`: what is known of it is kept. `gone`, `filtered_out`: what was known of it is removed.',
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

export function toFactoryAnswer(standing: FactoryStanding): z.infer<typeof factoryAnswer> {
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
    ...(live?.waitsUntil !== undefined && {
      waiting: { reason: 'throttled', until: live.waitsUntil },
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

function liveRuns({ inRuns, counts, left }: NonNullable<FactoryStanding['live']>) {
  if (!inRuns) return undefined;
  const { pipelineRuns, triggerRuns, detailed } = counts;
  return { pipelineRuns, triggerRuns, detailed, ...(left !== undefined && { left }) };
}

/** What a person should look at comes first, then what goes on, then what is done. */
const order = [
  'failed',
  'no_access',
  'partial',
  'waiting',
  'reading_runs',
  'reading',
  'lists_read',
  'paused',
  'cancelled',
  'gone',
  'filtered_out',
  'succeeded',
] as const satisfies readonly FactoryStanding['status'][];
const rankOf = ({ status }: FactoryStanding) => order.indexOf(status);

export const byUrgency = (a: FactoryStanding, b: FactoryStanding): number =>
  rankOf(a) - rankOf(b) || (factoryKey(a.factory) < factoryKey(b.factory) ? -1 : 1);
