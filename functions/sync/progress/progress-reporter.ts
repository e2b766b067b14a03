/**
 * Reports the progress of one worker in one sync run: once a second at first, and less often the
 * longer the sync run takes. The first report comes after a second, because small syncs are finished
 * by then, or at once if Azure throttles.
 */
import type { FactoryRef } from '../../data-factory/resource';
import { FactoryCounter } from './factory-counter';
import { addCounts, factoryKey, noCounts, rateWindowMs } from './progress-report';
import type { Sample, WorkerProgress } from './progress-report';

const minIntervalMs = 1_000;
const maxIntervalMs = 5_000;
/** Of the time since the first step, so that a long sync run makes few requests. */
const intervalShare = 1 / 20;
/** More than are read concurrently. The evicted factories have reported their end. */
const maxFactories = 32;

/** Calls `act` after a delay, unless the process ends first. */
export type SetTimer = (delayMs: number, act: () => void) => void;

export class ProgressReporter {
  private readonly factories = new Map<string, FactoryCounter>();
  /** Counts of factories that were evicted. */
  private readonly evictedCounts = { ...noCounts };
  private samples: readonly Sample[];
  private reportedAtMs: number;
  private readonly begunAtMs: number;
  private hasReported = false;
  private isReporting = false;
  private isScheduled = false;
  /** Steps wait for this, so that no report is written after the end of the sync run. */
  reporting: Promise<void> = Promise.resolve();

  constructor(
    private readonly send: (progress: WorkerProgress, isFirst: boolean) => Promise<void>,
    private readonly now: () => Date,
    private readonly setTimer: SetTimer,
  ) {
    this.begunAtMs = now().getTime();
    this.reportedAtMs = this.begunAtMs;
    this.samples = [[this.reportedAtMs, 0, 0, 0]];
  }

  factory(ref: FactoryRef): FactoryCounter {
    const key = factoryKey(ref);
    const counter = this.factories.get(key) ?? new FactoryCounter(ref);
    this.factories.delete(key);
    this.factories.set(key, counter);
    const [oldest] = this.factories;
    if (oldest && this.factories.size > maxFactories) {
      addCounts(this.evictedCounts, oldest[1].counts);
      this.factories.delete(oldest[0]);
    }
    return counter;
  }

  /** `isUrgent`: does not wait a second for the first report. */
  report(isUrgent = false): void {
    // A clock that was set back must not delay reports.
    const sinceMs = Math.abs(this.now().getTime() - this.reportedAtMs);
    const intervalMs = this.intervalMs();
    const isDue = sinceMs >= intervalMs || (isUrgent && !this.hasReported);
    if (isDue && !this.isReporting) this.reporting = this.write();
    else if (this.hasReported || this.isReporting)
      this.reportLater(Math.max(0, intervalMs - sinceMs));
  }

  private intervalMs(): number {
    const share = (this.reportedAtMs - this.begunAtMs) * intervalShare;
    return Math.min(maxIntervalMs, Math.max(minIntervalMs, share));
  }

  /** Reports the work after the last report, which a waiting worker would not report otherwise. */
  private reportLater(delayMs: number): void {
    if (this.isScheduled) return;
    this.isScheduled = true;
    this.setTimer(delayMs, () => {
      this.isScheduled = false;
      this.report();
    });
  }

  private async write(): Promise<void> {
    const at = this.now();
    this.isReporting = true;
    this.reportedAtMs = at.getTime();
    const factories = [...this.factories.values()].map((counter) => counter.snapshot());
    this.sample(this.reportedAtMs);
    const progress = { at: at.toISOString(), factories, samples: this.samples };
    try {
      await this.send(progress, !this.hasReported);
      this.hasReported = true;
    } catch {
      // A sync must not fail because of a report. The next report contains everything again.
    } finally {
      this.isReporting = false;
    }
  }

  private sample(atMs: number): void {
    const sum = { ...this.evictedCounts };
    for (const { counts } of this.factories.values()) addCounts(sum, counts);
    const windowStart = atMs - rateWindowMs;
    const first = this.samples.findLastIndex(([time]) => time <= windowStart);
    const recent = this.samples.slice(Math.max(0, first));
    const runs = sum.pipelineRuns + sum.triggerRuns;
    this.samples = [...recent, [atMs, sum.read, runs, sum.runsWithActivities]];
  }
}
