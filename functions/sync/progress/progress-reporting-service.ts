/** Counts what this worker does for the syncs that run now, so that people see it while it happens. */
import type { FactoryRef } from '../../data-factory/resource';
import type { ConnectorKey } from '../../storage/connector-key';
import type { StepAttempt, StepEnd } from './factory-counter';
import type { SyncRunStore } from '../ports';
import { ProgressReporter, type SetTimer } from './progress-reporter';
import type { FactoryPart, WorkerProgress } from './progress-report';
import type { SyncRunKey } from '../step-messages';

const mostRuns = 100;

/** What a step works on. */
interface FactoryPass extends ConnectorKey {
  readonly factory: FactoryRef;
  /** The sync run. */
  readonly pass: string;
}

export type StepCounter = Pick<StepAttempt, 'count' | 'leave'>;

export class ProgressReportingService {
  private readonly progressReporting = new Map<string, ProgressReporter>();
  private made = 0;

  constructor(
    private readonly runs: Pick<SyncRunStore, 'tell'>,
    private readonly worker: string,
    private readonly now: () => Date,
    private readonly later: SetTimer = (inMs, act) => void setTimeout(act, inMs).unref(),
  ) {}

  /** Counts what a step does for one part of a factory. */
  async track<T extends StepEnd>(
    { tenantId, connectorId, pass, factory }: FactoryPass,
    part: FactoryPart,
    work: (meter: StepCounter) => Promise<T>,
  ): Promise<T> {
    const run = this.of({ tenantId, connectorId, syncRunId: pass });
    const attempt = run.factory(factory).begin(part);
    try {
      const result = await work({
        count: (more) => {
          attempt.count(more);
          run.report();
        },
        setRemaining: attempt.setRemaining,
      });
      attempt.end(result);
      run.report(result.notBefore !== undefined);
      return result;
    } catch (error) {
      attempt.fail();
      throw error;
    } finally {
      await run.reporting;
    }
  }

  /** The least recently used gives way; should its run go on, it is counted under a new name. */
  private of(key: SyncRunKey): ProgressReporter {
    const meter = this.progressReporting.get(key.syncRunId) ?? this.newMeter(key);
    this.progressReporting.delete(key.syncRunId);
    this.progressReporting.set(key.syncRunId, meter);
    const [oldest] = this.progressReporting.keys();
    if (this.progressReporting.size > mostRuns && oldest !== undefined)
      this.progressReporting.delete(oldest);
    return meter;
  }

  private newMeter(key: SyncRunKey): ProgressReporter {
    const name = `${this.worker}-${++this.made}`;
    const say = (word: WorkerProgress, isFirst: boolean) =>
      this.runs.reportProgress(key, name, word, isFirst);
    return new ProgressReporter(say, this.now, this.later);
  }
}
