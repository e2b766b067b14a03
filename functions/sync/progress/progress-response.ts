/** The progress of a sync run in API responses. */
import { z } from 'zod';
import { runCountsResponse } from './factory-response';
import { factoryState } from './factory-progress';
import { sumOf, type Progress } from './progress';
import { syncPhase, type SyncRunSummary } from '../sync-run';

export const progressResponse = z.strictObject({
  phase: syncPhase.describe('`run_history`: the lists are read, run history is being read.'),
  done: z.int().describe('Lists that were read to their end or failed.'),
  total: z.int(),
  unit: z.literal('lists'),
  percent: z
    .int()
    .describe(
      'Share of the whole work, including run history. Below 100 until the sync run is finished.',
    ),
  resources: z.strictObject({ read: z.int(), written: z.int() }),
  runs: runCountsResponse.omit({ remaining: true }).optional(),
  factories: z
    .partialRecord(z.enum(['queued', ...factoryState.options]), z.int())
    .describe('Number of factories by state. `queued` factories were not begun.'),
  resourcesPerSecond: z
    .number()
    .optional()
    .describe('Mean of the last 30 seconds. Absent while no resource is read.'),
  runsPerSecond: z
    .number()
    .optional()
    .describe('Runs that were read per second, plus runs whose activities were read.'),
  estimatedEndAt: z.iso
    .datetime()
    .optional()
    .describe(
      'Estimated end of the phase: of all lists, or of run history and the sync run. Absent until enough work is done for an estimate.',
    ),
  message: z.string().describe('The progress as a sentence.'),
  updatedAt: z.iso.datetime(),
});

export function toProgressResponse(
  run: SyncRunSummary,
  progress: Progress,
): z.infer<typeof progressResponse> {
  const { read, written, ...runs } = progress.counts;
  const { resourcesPerSecond, runsPerSecond, estimatedEndAt } = progress;
  return {
    phase: progress.phase,
    done: progress.done,
    total: progress.total,
    unit: 'lists',
    percent: progress.percent,
    resources: { read, written },
    ...(Object.values(runs).some((count) => count > 0) && { runs }),
    factories: progress.factories,
    ...(resourcesPerSecond !== undefined && { resourcesPerSecond }),
    ...(runsPerSecond !== undefined && { runsPerSecond }),
    ...(estimatedEndAt !== undefined && { estimatedEndAt }),
    message: messageOf(run, progress),
    updatedAt: progress.updatedAt,
  };
}

function messageOf(
  { factoryCount, status, tallies }: SyncRunSummary,
  { phase, counts, factories: states }: Progress,
): string {
  const { read, written, pipelineRuns, runsWithActivities } = counts;
  if (status === 'paused') return `Paused: ${read} resources read, ${written} written.`;
  if (status === 'cancelling') return 'Cancelling: ends after the pages that are being read.';
  if (phase === 'queued') return 'Waiting to start.';
  if (phase === 'discovering') return 'Discovering factories.';
  const factories = countFactories(factoryCount);
  const throttled = states.throttled
    ? ` Azure is throttling ${countFactories(states.throttled)}.`
    : '';
  if (phase === 'reading')
    return `Reading ${factories}: ${read} resources read, ${written} written.${throttled}`;
  if (phase === 'run_history')
    return `Reading run history of ${factories}: ${pipelineRuns} pipeline runs read, ${runsWithActivities} with activities.${throttled}`;
  const result = `${sumOf(tallies, 'read')} resources read, ${sumOf(tallies, 'written')} written, ${sumOf(tallies, 'removed')} removed`;
  return `${status[0]!.toUpperCase()}${status.slice(1)}: ${result} in ${factories}.`;
}

const countFactories = (count: number) => (count === 1 ? '1 factory' : `${count} factories`);
