/** Figures of pipeline runs for charts. Pure. */
import type { ItemOf } from '../../api/endpoint-types';

export type PipelineRun = ItemOf<'listPipelineRuns'>;

export interface DayOfRuns {
  readonly day: string;
  readonly Succeeded: number;
  readonly Failed: number;
  readonly Other: number;
}

/** Runs by the day on which they started, oldest first. */
export function runsByDay(runs: readonly PipelineRun[]): DayOfRuns[] {
  const days = new Map<string, { Succeeded: number; Failed: number; Other: number }>();
  for (const { startedAt, status } of runs) {
    const day = startedAt.slice(0, 10);
    const counts = days.get(day) ?? { Succeeded: 0, Failed: 0, Other: 0 };
    counts[outcomeOf(status)]++;
    days.set(day, counts);
  }
  return [...days]
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([day, counts]) => ({ day, ...counts }));
}

export const outcomeOf = (status: string): 'Succeeded' | 'Failed' | 'Other' =>
  status === 'Succeeded' || status === 'Failed' ? status : 'Other';

/** Duration of each finished run in seconds, oldest first. */
export const durations = (runs: readonly PipelineRun[]) =>
  runs
    .filter(({ durationMs }) => durationMs !== undefined)
    .map(({ startedAt, durationMs = 0, status }) => ({
      startedAt,
      seconds: Math.round(durationMs / 100) / 10,
      status,
    }))
    .sort((a, b) => a.startedAt.localeCompare(b.startedAt));

export const medianOf = (values: readonly number[]): number | undefined =>
  [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) / 2)];
