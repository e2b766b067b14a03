/**
 * Adapts the number of concurrent calls to Azure: doubles it after a series of successes, halves it
 * after a failure.
 */
import pLimit from 'p-limit';

const levels = [1, 2, 4];
const successesPerLevel = 15;

export class AdaptiveLimiter {
  private readonly limit = pLimit(levels[0]!);
  private level = 0;
  private successes = 0;

  get concurrency(): number {
    return this.limit.concurrency;
  }

  get isIdle(): boolean {
    return this.limit.activeCount === 0 && this.limit.pendingCount === 0;
  }

  /**
   * `work` calls `reportFailure` for a failure that it retries itself. An error that it throws
   * counts as a failure, too.
   */
  run<T>(work: (reportFailure: () => void) => Promise<T>): Promise<T> {
    return this.limit(async () => {
      let failed = false;
      const reportFailure = () => {
        failed = true;
        this.successes = 0;
        this.setLevel(this.level - 1);
      };
      try {
        const result = await work(reportFailure);
        if (!failed && ++this.successes >= successesPerLevel) {
          this.successes = 0;
          this.setLevel(this.level + 1);
        }
        return result;
      } catch (error) {
        if (!failed) reportFailure();
        throw error;
      }
    });
  }

  private setLevel(level: number): void {
    this.level = Math.min(levels.length - 1, Math.max(0, level));
    this.limit.concurrency = levels[this.level]!;
  }
}
