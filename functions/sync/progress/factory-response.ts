/** A factory of a sync run in API responses. */
import { z } from 'zod';
import { factoryState, type FactoryProgress } from './factory-progress';
import { factoryKey } from './progress-report';

export const failureResponse = z.strictObject({ code: z.string(), message: z.string() });

export const runCountsResponse = z.strictObject({
  pipelineRuns: z.int(),
  triggerRuns: z.int(),
  runsWithActivities: z.int().describe('Runs whose activities were read.'),
  remaining: z
    .int()
    .optional()
    .describe(
      'Runs whose activities are not read yet. For an active sync run, those that it will read.',
    ),
});

export const factoryResponse = z
  .strictObject({
    name: z.string(),
    resourceGroup: z.string(),
    subscriptionId: z.string(),
    status: factoryState.describe(
      '`throttled`: Azure throttles all that remains. `run_history_pending`: the lists are read, run history is not. `no_access`: access is denied, resources stay in the catalog. `removed`, `filtered_out`: resources are removed from the catalog.',
    ),
    lists: z
      .strictObject({ done: z.int(), total: z.int() })
      .optional()
      .describe('Present while the factory is read.'),
    throttleEndsAt: z.iso
      .datetime()
      .optional()
      .describe('Present while Azure throttles all that remains of the factory.'),
    resources: z.strictObject({ read: z.int(), written: z.int() }),
    failures: z
      .array(failureResponse.extend({ kind: z.string() }))
      .describe('Kinds of resources, or `runHistory`, that could not be read.'),
    runs: runCountsResponse.optional(),
    warnings: z
      .array(failureResponse.extend({ kind: z.string() }))
      .describe('Mass removals: the resources are hidden, but not purged until confirmed.'),
  })
  .meta({ id: 'SyncRunFactory' });

export function toFactoryResponse({
  factory,
  status,
  active,
  outcome,
}: FactoryProgress): z.infer<typeof factoryResponse> {
  const { failures = {}, massRemovals = {} } = outcome ?? {};
  const { read = 0, written = 0 } = outcome?.counts ?? active?.counts ?? {};
  const runs = active ? activeRunCounts(active) : outcome?.runs;
  return {
    name: factory.name,
    resourceGroup: factory.resourceGroup,
    subscriptionId: factory.subscriptionId,
    status,
    ...(active && { lists: active.lists }),
    ...(active?.throttledUntil !== undefined && { throttleEndsAt: active.throttledUntil }),
    resources: { read, written },
    failures: Object.entries(failures).map(([kind, { code, message }]) => ({
      kind,
      code,
      message,
    })),
    ...(runs && { runs }),
    warnings: Object.entries(massRemovals).map(([kind, { removed, of }]) => ({
      kind,
      code: 'mass_removal',
      message: `${removed} of ${of} were removed at once. Confirm the removal.`,
    })),
  };
}

function activeRunCounts(active: NonNullable<FactoryProgress['active']>) {
  if (!active.readingRunHistory) return undefined;
  const { counts, remaining } = active;
  const { pipelineRuns, triggerRuns, runsWithActivities } = counts;
  return {
    pipelineRuns,
    triggerRuns,
    runsWithActivities,
    ...(remaining !== undefined && { remaining }),
  };
}

/** Factories that need attention first, then active ones, then finished ones. */
const order = [
  'failed',
  'no_access',
  'partial',
  'throttled',
  'reading_run_history',
  'reading',
  'run_history_pending',
  'paused',
  'cancelled',
  'removed',
  'filtered_out',
  'succeeded',
] as const satisfies readonly FactoryProgress['status'][];
const rankOf = ({ status }: FactoryProgress) => order.indexOf(status);

export const byAttention = (a: FactoryProgress, b: FactoryProgress): number =>
  rankOf(a) - rankOf(b) || (factoryKey(a.factory) < factoryKey(b.factory) ? -1 : 1);
