/**
 * The rate of a sync run and its estimated end. Both derive from the times of reports, so a
 * response stays the same between two reports. The clock only decides whether they are outdated. A
 * value that is too uncertain is absent.
 */
import type { SyncRun } from '../sync-run';
import { rateWindowMs, type Sample, type WorkerProgress } from './progress-report';

export interface Throughput {
  readonly resourcesPerSecond?: number;
  /** Runs that were read, and runs whose activities were read. */
  readonly runsPerSecond?: number;
  readonly estimatedEndAt?: string;
}

/** Basis of the estimate of a phase. Empty if too little of the phase is done. */
export interface EstimateBasis {
  /** Share of the phase that is done, from 0 to 1. */
  readonly done?: number;
  readonly remainingMs?: number;
  /** Runs whose activities are still to be read, if nothing else remains. */
  readonly runsRemaining?: number;
  /** The phase cannot end before this time. */
  readonly throttledUntil?: string;
}

/** A rate over a shorter time is not reliable. */
const minWindowMs = 3_000;
/** An active worker reports at least this often. */
const silentAfterMs = 15_000;
const minDone = 0.05;

export function throughputOf(
  run: Pick<SyncRun, 'status' | 'activeMs' | 'activeSince'>,
  workers: readonly WorkerProgress[],
  basis: EstimateBasis,
  now: Date,
): Throughput {
  const latest = Math.max(...workers.map(({ at }) => Date.parse(at)));
  const isSilent = now.getTime() - latest > silentAfterMs;
  if (run.status !== 'running' || run.activeSince === undefined || isSilent) return {};
  const since = Date.parse(run.activeSince);
  const from = Math.max(latest - rateWindowMs, since);
  const windowMs = latest - from;
  if (!(windowMs >= minWindowMs)) return {};
  const perSecond = (index: 1 | 2 | 3) =>
    (1_000 * workers.reduce((sum, { samples }) => sum + increaseSince(from, samples, index), 0)) /
    windowMs;
  const remaining = remainingMsOf(run.activeMs + latest - since, basis, perSecond(3));
  const end = remaining === undefined ? undefined : endAt(latest + remaining, basis);
  const [resources, runs] = [perSecond(1), perSecond(2) + perSecond(3)];
  return {
    ...(resources > 0 && { resourcesPerSecond: rounded(resources) }),
    ...(runs > 0 && { runsPerSecond: rounded(runs) }),
    // An estimated end in the past is wrong, so it is omitted.
    ...(end !== undefined &&
      end > now.getTime() && { estimatedEndAt: new Date(end).toISOString() }),
  };
}

/** Increase of one count of a worker since a time. */
function increaseSince(from: number, samples: readonly Sample[], index: 1 | 2 | 3): number {
  const before = samples.findLast(([at]) => at <= from);
  return (samples.at(-1)?.[index] ?? 0) - (before?.[index] ?? 0);
}

function remainingMsOf(activeMs: number, basis: EstimateBasis, runsPerSecond: number) {
  const { done, runsRemaining, remainingMs } = basis;
  if (remainingMs !== undefined) return remainingMs;
  if (runsRemaining !== undefined && runsPerSecond > 0)
    return (1_000 * runsRemaining) / runsPerSecond;
  return done !== undefined && done >= minDone ? (activeMs * (1 - done)) / done : undefined;
}

/** Rounded to whole seconds: an estimate is not more precise. */
function endAt(time: number, { throttledUntil }: EstimateBasis): number {
  const latest = Math.max(time, throttledUntil === undefined ? 0 : Date.parse(throttledUntil));
  return 1_000 * Math.ceil(latest / 1_000);
}

const rounded = (rate: number) => (rate >= 10 ? Math.round(rate) : Math.round(10 * rate) / 10);
