/** How far the run history of a factory has been read, and whose activities are still to be asked for. */
import { dayInMs, dayOf, isFinished, runKey, type PipelineRun } from './run';

/** Which runs are worth a query for their activities. */
export type ActivityPolicy = 'failed' | 'latest' | 'all';

export interface QueuedRun {
  readonly runId: string;
  readonly key: string;
  readonly pipeline: string;
  readonly start: string;
  readonly end: string;
  /** Asked for because it is the newest of its pipeline; a newer one takes its place. */
  readonly latest: boolean;
}

export interface RunState {
  /** Runs updated up to this time have been read. */
  readonly watermark?: string;
  /** What was last seen of runs that the next window will show again: version by key. */
  readonly recent: Readonly<Record<string, string>>;
  /** When the newest finished run of each pipeline began; by lower-cased name. */
  readonly latest: Readonly<Record<string, string>>;
  /** Newest first. */
  readonly queue: readonly QueuedRun[];
  /** Days that hold runs, newest first. */
  readonly days: readonly string[];
}

export const emptyState: RunState = { recent: {}, latest: {}, queue: [], days: [] };

/** Data Factory keeps runs this long; a longer window would be cut without a word. */
export const longestWindowInDays = 45;
/** For clocks that differ and for runs that are indexed late. */
const overlapInMs = 10 * 60_000;
/** More would wait for weeks; the oldest are forgotten. */
const longestQueue = 5_000;

export interface Window {
  readonly after: string;
  readonly before: string;
}

/** From where the last sync ended, a little earlier, but never further back than anything is kept. */
export function windowOf({ watermark }: RunState, before: string, keptInDays: number): Window {
  const end = Date.parse(before);
  const oldest = end - Math.min(keptInDays, longestWindowInDays) * dayInMs;
  const from = watermark === undefined ? oldest : Date.parse(watermark) - overlapInMs;
  return { after: new Date(Math.max(oldest, from)).toISOString(), before };
}

export const isInOverlap = (lastUpdated: string, before: string): boolean =>
  Date.parse(lastUpdated) >= Date.parse(before) - overlapInMs;

/** Runs that changed, newest first: those whose activities should be asked for stand in line from now on. */
export function queued(
  state: RunState,
  runs: readonly PipelineRun[],
  policy: readonly ActivityPolicy[],
): RunState {
  const latest = { ...state.latest };
  const queue = new Map(state.queue.map((each) => [each.runId, each]));
  for (const run of runs.filter(isFinished)) {
    const pipeline = run.pipeline.toLowerCase();
    const isLatest = (latest[pipeline] ?? '') <= run.start;
    if (isLatest) latest[pipeline] = run.start;
    const failed = policy.includes('failed') && run.status.toLowerCase() === 'failed';
    const newest = policy.includes('latest') && isLatest;
    if (newest)
      for (const each of queue.values())
        if (each.latest && each.pipeline.toLowerCase() === pipeline) queue.delete(each.runId);
    if (!failed && !newest && !policy.includes('all')) continue;
    queue.set(run.runId, {
      runId: run.runId,
      key: runKey(run),
      pipeline: run.pipeline,
      start: run.start,
      end: run.end ?? run.lastUpdated,
      latest: newest && !failed && !policy.includes('all'),
    });
  }
  const inOrder = [...queue.values()].sort((one, other) => (one.start > other.start ? -1 : 1));
  return { ...state, latest, queue: inOrder.slice(0, longestQueue) };
}

export function withDays(state: RunState, starts: readonly string[]): RunState {
  const days = new Set([...state.days, ...starts.map(dayOf)]);
  if (days.size === state.days.length) return state;
  return { ...state, days: [...days].sort().reverse() };
}

/** Without what is older than it may be. */
export function pruned(state: RunState, oldestDay: string, before: string): RunState {
  const recent = Object.entries(state.recent).filter(([, seen]) =>
    isInOverlap(seen.split(' ')[0]!, before),
  );
  return {
    ...state,
    recent: Object.fromEntries(recent),
    queue: state.queue.filter(({ start }) => dayOf(start) >= oldestDay),
    days: state.days.filter((day) => day >= oldestDay),
  };
}
