/**
 * What this worker has done for the syncs that run now, told to their rows about once a second. Every worker has a
 * place of its own in the row, so none overwrites another; the sum is what people see.
 */
import type { ReportTally } from '../catalog/mirror';
import type { ConnectorKey } from '../catalog/resource';
import type { SyncRunStore } from './ports';
import type { Meter } from './sync-run';

const intervalInMs = 1_000;
const mostRuns = 100;

interface Counting {
  meter: Meter;
  toldAt: number;
  telling: Promise<void>;
}

export class MeterService {
  private readonly counting = new Map<string, Counting>();

  constructor(
    private readonly runs: Pick<SyncRunStore, 'meter'>,
    private readonly worker: string,
    private readonly now: () => Date,
  ) {}

  /** Counts one list of a run while `work` reads it. */
  async during<T>(
    connector: ConnectorKey,
    runId: string,
    work: (report: ReportTally) => Promise<T>,
    isDone: (result: T) => boolean,
  ): Promise<T> {
    const counting = this.of(runId);
    const add = (more: Partial<Meter>) => {
      const { lists, read, written } = counting.meter;
      counting.meter = {
        lists: lists + (more.lists ?? 0),
        read: read + (more.read ?? 0),
        written: written + (more.written ?? 0),
      };
      this.tell(connector, runId, counting);
    };
    const result = await work((_, { read, written }) =>
      add({ ...(read && { read }), ...(written && { written }) }),
    );
    if (isDone(result)) add({ lists: 1 });
    await counting.telling;
    return result;
  }

  private tell(connector: ConnectorKey, runId: string, counting: Counting): void {
    const now = this.now().getTime();
    if (now - counting.toldAt < intervalInMs) return;
    counting.toldAt = now;
    // Progress is a courtesy: a sync must not fail because it could not be told. The final counts are written apart.
    counting.telling = this.runs
      .meter(connector, runId, this.worker, counting.meter)
      .catch(() => undefined);
  }

  private of(runId: string): Counting {
    const known = this.counting.get(runId);
    if (known) return known;
    const [oldest] = this.counting.keys();
    if (this.counting.size >= mostRuns && oldest !== undefined) this.counting.delete(oldest);
    const fresh = {
      meter: { lists: 0, read: 0, written: 0 },
      toldAt: this.now().getTime(),
      telling: Promise.resolve(),
    };
    this.counting.set(runId, fresh);
    return fresh;
  }
}
