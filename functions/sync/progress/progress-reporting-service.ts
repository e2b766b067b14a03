/** Counts what this worker does for the syncs that run now, so that people see it while it happens. */
import type { ConnectorKey, FactoryRef } from '../../data-factory/resource';
import type { Attempt, StepEnd } from './factory-counter';
import type { SyncRunStore } from '../ports';
import { ProgressReporter, type Later } from './progress-reporter';
import type { Part, WorkerProgress } from './progress-report';
import type { RunKey } from '../step-messages';

const mostRuns = 100;

/** What a step works on. */
interface FactoryPass extends ConnectorKey {
  readonly factory: FactoryRef;
  /** The sync run. */
  readonly pass: string;
}

export type StepCounter = Pick<Attempt, 'count' | 'leave'>;

export class ProgressReportingService {
  private readonly progressReporting = new Map<string, ProgressReporter>();
  private made = 0;

  constructor(
    private readonly runs: Pick<SyncRunStore, 'tell'>,
    private readonly worker: string,
    private readonly now: () => Date,
    private readonly later: Later = (inMs, act) => void setTimeout(act, inMs).unref(),
  ) {}

  /** Counts what a step does for one part of a factory. */
  async during<T extends StepEnd>(
    { tenantId, connectorId, pass, factory }: FactoryPass,
    part: Part,
    work: (meter: StepCounter) => Promise<T>,
  ): Promise<T> {
    const run = this.of({ tenantId, connectorId, runId: pass });
    const attempt = run.factory(factory).begin(part);
    try {
      const result = await work({
        count: (more) => {
          attempt.count(more);
          run.tell();
        },
        leave: attempt.leave,
      });
      attempt.end(result);
      run.tell(result.notBefore !== undefined);
      return result;
    } catch (error) {
      attempt.breakOff();
      throw error;
    } finally {
      await run.telling;
    }
  }

  /** The least recently used gives way; should its run go on, it is counted under a new name. */
  private of(key: RunKey): ProgressReporter {
    const meter = this.progressReporting.get(key.runId) ?? this.newMeter(key);
    this.progressReporting.delete(key.runId);
    this.progressReporting.set(key.runId, meter);
    const [oldest] = this.progressReporting.keys();
    if (this.progressReporting.size > mostRuns && oldest !== undefined)
      this.progressReporting.delete(oldest);
    return meter;
  }

  private newMeter(key: RunKey): ProgressReporter {
    const name = `${this.worker}-${++this.made}`;
    const say = (word: WorkerProgress, isFirst: boolean) =>
      this.runs.tell(key, name, word, isFirst);
    return new ProgressReporter(say, this.now, this.later);
  }
}
