/** Counts the work of this worker for active sync runs, and reports it while steps run. */
import type { FactoryRef } from '../../data-factory/resource';
import type { SyncRunKey } from '../../storage/sync-run-key';
import type { SyncRunStore } from '../ports';
import type { StepAttempt, StepEnd } from './factory-counter';
import type { FactoryPart } from './progress-report';
import { ProgressReporter, type SetTimer } from './progress-reporter';

const maxRuns = 100;

/** The factory of a sync run that a step reads. */
interface StepTarget extends SyncRunKey {
  readonly factory: FactoryRef;
}

export type StepCounter = Pick<StepAttempt, 'count' | 'setRemaining'>;

export class ProgressReportingService {
  private readonly reporters = new Map<string, ProgressReporter>();
  private createdCount = 0;

  constructor(
    private readonly store: Pick<SyncRunStore, 'reportProgress'>,
    private readonly worker: string,
    private readonly now: () => Date,
    private readonly setTimer: SetTimer = (delayMs, act) => void setTimeout(act, delayMs).unref(),
  ) {}

  /** Runs a step and counts its work for one part of a factory. */
  async track<T extends StepEnd>(
    { tenantId, connectorId, syncRunId, factory }: StepTarget,
    part: FactoryPart,
    work: (counter: StepCounter) => Promise<T>,
  ): Promise<T> {
    const reporter = this.reporterOf({ tenantId, connectorId, syncRunId });
    const attempt = reporter.factory(factory).begin(part);
    try {
      const result = await work({
        count: (more) => {
          attempt.count(more);
          reporter.report();
        },
        setRemaining: attempt.setRemaining,
      });
      attempt.end(result);
      reporter.report(result.notBefore !== undefined);
      return result;
    } catch (error) {
      attempt.fail();
      throw error;
    } finally {
      await reporter.reporting;
    }
  }

  /**
   * Evicts the least recently used reporter. If its run continues, it gets a new one with a new
   * row.
   */
  private reporterOf(key: SyncRunKey): ProgressReporter {
    const { syncRunId } = key;
    const reporter = this.reporters.get(syncRunId) ?? this.newReporter(key);
    this.reporters.delete(syncRunId);
    this.reporters.set(syncRunId, reporter);
    const [oldest] = this.reporters.keys();
    if (this.reporters.size > maxRuns && oldest !== undefined) this.reporters.delete(oldest);
    return reporter;
  }

  private newReporter(key: SyncRunKey): ProgressReporter {
    const name = `${this.worker}-${++this.createdCount}`;
    return new ProgressReporter(
      (progress, isFirst) => this.store.reportProgress(key, name, progress, isFirst),
      this.now,
      this.setTimer,
    );
  }
}
