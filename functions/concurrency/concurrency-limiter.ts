/** Runs at most a fixed number of calls at a time; further calls wait in order, urgent ones first. */
import pLimit from 'p-limit';

export class ConcurrencyLimiter {
  private readonly limit: ReturnType<typeof pLimit>;
  private readonly urgent: Call[] = [];
  private readonly others: Call[] = [];

  constructor(maxConcurrent: number) {
    this.limit = pLimit(maxConcurrent);
  }

  get isIdle(): boolean {
    return this.limit.activeCount === 0 && this.limit.pendingCount === 0;
  }

  /** Calls that wait. */
  get waiting(): number {
    return this.limit.pendingCount;
  }

  run<T>(work: () => Promise<T>, { isUrgent = false } = {}): Promise<T> {
    return new Promise((resolve, reject) => {
      (isUrgent ? this.urgent : this.others).push(() => work().then(resolve, reject));
      // A free place goes to the first call that waits, which may be another one.
      void this.limit(async () => (this.urgent.shift() ?? this.others.shift())?.());
    });
  }
}

type Call = () => Promise<void>;
