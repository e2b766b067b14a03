/**
 * How fast a run is, and when it may be over. The numbers come from times that were told, so that an answer stays the
 * same while nothing happens; the clock only takes them away. What cannot be told honestly is left out.
 */
import type { SyncRun } from '../sync-run';
import { rateWindowInMs, type Sample, type WorkerProgress } from './progress-report';

export interface Pace {
  readonly resourcesPerSecond?: number;
  /** Runs that were read, and runs whose activities were. */
  readonly runsPerSecond?: number;
  readonly estimatedEndAt?: string;
}

/** What an estimate may rest on. */
export interface EstimateBasis {
  /** From 0 to 1, of the phase; absent when too little of it has ended to tell. */
  readonly done?: number;
  readonly remainingInMs?: number;
  /** Runs whose activities are still to be read, when nothing else is left to do. */
  readonly details?: number;
  /** Nothing ends before Azure lets it. */
  readonly throttledUntil?: string;
}

/** A rate of less than this is luck. */
const shortestInMs = 3_000;
/** Whoever is at work says something at least this often. */
const silentAfterInMs = 15_000;
const leastDone = 0.05;

export function throughputOf(
  run: Pick<SyncRun, 'status' | 'activeMs' | 'activeSince'>,
  workers: readonly WorkerProgress[],
  outlook: EstimateBasis,
  now: Date,
): Pace {
  const newest = Math.max(...workers.map(({ at }) => Date.parse(at)));
  const isSilent = now.getTime() - newest > silentAfterInMs;
  if (run.status !== 'running' || run.activeSince === undefined || isSilent) return {};
  const since = Date.parse(run.activeSince);
  const from = Math.max(newest - rateWindowInMs, since);
  const inMs = newest - from;
  if (!(inMs >= shortestInMs)) return {};
  const perSecond = (of: 1 | 2 | 3) =>
    (1_000 * workers.reduce((sum, { samples }) => sum + grownSince(from, samples, of), 0)) / inMs;
  const remaining = remainingIn(run.activeMs + newest - since, outlook, perSecond(3));
  const end = remaining === undefined ? undefined : endAt(newest + remaining, outlook);
  const [resources, runs] = [perSecond(1), perSecond(2) + perSecond(3)];
  return {
    ...(resources > 0 && { resourcesPerSecond: rounded(resources) }),
    ...(runs > 0 && { runsPerSecond: rounded(runs) }),
    // What should be over by now was estimated wrongly.
    ...(end !== undefined &&
      end > now.getTime() && { estimatedEndAt: new Date(end).toISOString() }),
  };
}

/** How much a worker has added to a count since then. */
function grownSince(from: number, samples: readonly Sample[], of: 1 | 2 | 3): number {
  const before = samples.findLast(([at]) => at <= from);
  return (samples.at(-1)?.[of] ?? 0) - (before?.[of] ?? 0);
}

function remainingIn(worked: number, outlook: EstimateBasis, detailsPerSecond: number) {
  const { done, details, remainingInMs } = outlook;
  if (remainingInMs !== undefined) return remainingInMs;
  if (details !== undefined && detailsPerSecond > 0) return (1_000 * details) / detailsPerSecond;
  return done !== undefined && done >= leastDone ? (worked * (1 - done)) / done : undefined;
}

/** Whole seconds: more would only pretend to know. */
function endAt(time: number, { throttledUntil }: EstimateBasis): number {
  const latest = Math.max(time, throttledUntil === undefined ? 0 : Date.parse(throttledUntil));
  return 1_000 * Math.ceil(latest / 1_000);
}

const rounded = (rate: number) => (rate >= 10 ? Math.round(rate) : Math.round(10 * rate) / 10);
