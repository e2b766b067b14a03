/** Runs at most a fixed number of calls at a time; further calls wait in order. */
import pLimit from 'p-limit';

export class ConcurrencyLimiter {
  private readonly limit: ReturnType<typeof pLimit>;

  constructor(maxConcurrent: number) {
    this.limit = pLimit(maxConcurrent);
  }

  get isIdle(): boolean {
    return this.limit.activeCount === 0 && this.limit.pendingCount === 0;
  }

  run<T>(work: () => Promise<T>): Promise<T> {
    return this.limit(work);
  }
}
