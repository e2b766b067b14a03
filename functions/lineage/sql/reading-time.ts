/**
 * Bounds how long SQL texts may take. The grammars of the parser go back over their input, so the time
 * for one text may double with each bracket: 29 characters were seen to take ten seconds, in which
 * the worker does nothing else.
 */
import { createContext, Script } from 'node:vm';

/** Well above the time for a long text that the parser understands. */
const maxTextMs = 3_000;
/** What texts of one factory may take beyond the time that texts of their length usually take. */
const maxExcessMs = 10_000;
const usualMs = (length: number): number => 50 + length / 50;

export class ReadingTime {
  private leftMs: number;

  constructor(
    private readonly maxMs = maxTextMs,
    excessMs = maxExcessMs,
  ) {
    this.leftMs = excessMs;
  }

  /** Texts are no longer read. */
  get isSpent(): boolean {
    return this.leftMs <= 0;
  }

  /** Runs work on a text of this length. Undefined if it takes too long. */
  read<T>(length: number, work: () => T): T | undefined {
    if (this.isSpent) return undefined;
    const begun = performance.now();
    try {
      return runWithin(this.maxMs, work);
    } finally {
      this.leftMs -= Math.max(0, performance.now() - begun - usualMs(length));
    }
  }
}

/** Only code that a script calls can be stopped while it runs. */
const script = new Script('work()');
const globals: { work: () => void } = { work: () => undefined };
const context = createContext(globals);

/** Undefined if the time is up. Throws what the work throws. */
function runWithin<T>(timeout: number, work: () => T): T | undefined {
  let result: T | undefined;
  globals.work = () => {
    result = work();
  };
  try {
    script.runInContext(context, { timeout });
    return result;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
    return undefined;
  }
}
