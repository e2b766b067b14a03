/** How far the run history of a factory is read, and the runs whose activities are queued. */
import { dayMs, dayOf, isFinished, runKey, type PipelineRun } from './run';

/** The finished runs whose activities are read. */
export type ActivityPolicy = 'failed' | 'latest' | 'all';

export interface QueuedRun {
  readonly pipelineRunId: string;
  readonly key: string;
  readonly pipeline: string;
  readonly start: string;
  readonly end: string;
  /** Queued only as the latest run of its pipeline: a later run replaces it in the queue. */
  readonly latest: boolean;
}

export interface RunHistoryState {
  /** All runs that were updated before this time are read. */
  readonly watermark?: string;
  /** Version by run key, of the runs that the next window will contain again. */
  readonly recent: Readonly<Record<string, string>>;
  /** Start of the latest finished run by lower-case name of the pipeline. */
  readonly latest: Readonly<Record<string, string>>;
  /** Newest first. */
  readonly queue: readonly QueuedRun[];
  /** Days that hold runs, newest first. */
  readonly days: readonly string[];
}

export const emptyState: RunHistoryState = { recent: {}, latest: {}, queue: [], days: [] };

/** Data Factory stores runs for 45 days and silently shortens a longer window. */
export const maxWindowDays = 45;
/** Windows overlap, because clocks differ and Data Factory indexes runs late. */
const overlapMs = 10 * 60_000;
/** A longer queue would take weeks to read, so the oldest runs are dropped. */
const maxQueueLength = 5_000;

export interface TimeWindow {
  readonly after: string;
  readonly before: string;
}

/** Begins shortly before the watermark, but not before the retention time. */
export function windowOf(
  { watermark }: RunHistoryState,
  before: string,
  retentionDays: number,
): TimeWindow {
  const end = Date.parse(before);
  const oldest = end - Math.min(retentionDays, maxWindowDays) * dayMs;
  const from = watermark === undefined ? oldest : Date.parse(watermark) - overlapMs;
  return { after: new Date(Math.max(oldest, from)).toISOString(), before };
}

export const isInOverlap = (lastUpdated: string, before: string): boolean =>
  Date.parse(lastUpdated) >= Date.parse(before) - overlapMs;

/** Adds changed runs (newest first) to the queue if the policy selects them. */
export function enqueue(
  state: RunHistoryState,
  runs: readonly PipelineRun[],
  policy: readonly ActivityPolicy[],
): RunHistoryState {
  const latest = { ...state.latest };
  const queue = new Map(state.queue.map((each) => [each.pipelineRunId, each]));
  for (const run of runs.filter(isFinished)) {
    const pipeline = run.pipeline.toLowerCase();
    const isLatest = (latest[pipeline] ?? '') <= run.start;
    if (isLatest) latest[pipeline] = run.start;
    const failed = policy.includes('failed') && run.status.toLowerCase() === 'failed';
    const newest = policy.includes('latest') && isLatest;
    if (newest)
      for (const each of queue.values())
        if (each.latest && each.pipeline.toLowerCase() === pipeline)
          queue.delete(each.pipelineRunId);
    if (!failed && !newest && !policy.includes('all')) continue;
    queue.set(run.runId, {
      pipelineRunId: run.runId,
      key: runKey(run),
      pipeline: run.pipeline,
      start: run.start,
      end: run.end ?? run.lastUpdated,
      latest: newest && !failed && !policy.includes('all'),
    });
  }
  const inOrder = [...queue.values()].sort((one, other) => (one.start > other.start ? -1 : 1));
  return { ...state, latest, queue: inOrder.slice(0, maxQueueLength) };
}

export function withDays(state: RunHistoryState, starts: readonly string[]): RunHistoryState {
  const days = new Set([...state.days, ...starts.map(dayOf)]);
  if (days.size === state.days.length) return state;
  return { ...state, days: [...days].sort().reverse() };
}

/** Drops days and queued runs before a day, and versions that no window will contain again. */
export function withoutOld(
  state: RunHistoryState,
  oldestDay: string,
  before: string,
): RunHistoryState {
  const recent = Object.entries(state.recent).filter(([, version]) =>
    isInOverlap(version.split(' ')[0]!, before),
  );
  return {
    ...state,
    recent: Object.fromEntries(recent),
    queue: state.queue.filter(({ start }) => dayOf(start) >= oldestDay),
    days: state.days.filter((day) => day >= oldestDay),
  };
}
