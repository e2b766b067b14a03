/** Limits for all lists that a worker reads. A page takes several times its JSON in memory. */
import { ConcurrencyLimiter } from '../../concurrency/concurrency-limiter';

export interface PageLimits {
  /** Waits until the page may be written. */
  write(work: () => Promise<void>): Promise<void>;
  /**
   * Whether one page more may be read while pages before it wait to be written. If so, call
   * `endReadAhead` when it is the next one to be written.
   */
  tryReadAhead(): boolean;
  endReadAhead(): void;
}

export function pageLimits(maxWritten: number, maxReadAhead: number): PageLimits {
  const written = new ConcurrencyLimiter(maxWritten);
  let free = maxReadAhead;
  return {
    write: (work) => written.run(work),
    tryReadAhead: () => free > 0 && free-- > 0,
    endReadAhead: () => void free++,
  };
}
