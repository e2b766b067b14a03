/**
 * Counts the work of one worker for one factory. A retried step does not count the same work twice.
 */
import type { FactoryRef, ListedKind } from '../../data-factory/resource';
import {
  addCounts,
  countNames,
  noCounts,
  type FactoryPart,
  type ProgressCounts,
  type WorkerFactoryProgress,
} from './progress-report';

/** The part of a step result that matters here. With a cursor the part continues. */
export interface StepEnd {
  readonly cursor?: unknown;
  readonly notBefore?: string;
}

/** One attempt of a step. Ends with `end` or `fail`. */
export interface StepAttempt {
  readonly count: (more: Partial<ProgressCounts>) => void;
  /** Sets the number of runs whose activities this sync will still read. */
  readonly setRemaining: (runs: number) => void;
  readonly end: (result: StepEnd) => void;
  readonly fail: () => void;
}

export class FactoryCounter {
  readonly counts = { ...noCounts };
  private remaining: number | undefined;
  private readingRunHistory = false;
  private readonly lists = new Set<ListedKind>();
  private readonly throttledParts = new Map<FactoryPart, string>();
  /** Counts of failed attempts. The next attempt does this work again. */
  private readonly countedBefore = new Map<FactoryPart, ProgressCounts>();

  constructor(private readonly factory: FactoryRef) {}

  begin(part: FactoryPart): StepAttempt {
    this.throttledParts.delete(part);
    this.readingRunHistory ||= part === 'runHistory';
    const toSkip = { ...(this.countedBefore.get(part) ?? noCounts) };
    const attempted = { ...noCounts };
    return {
      count: (more) => {
        addCounts(attempted, more);
        for (const name of countNames) {
          const skipped = Math.min(toSkip[name], more[name] ?? 0);
          toSkip[name] -= skipped;
          this.counts[name] += (more[name] ?? 0) - skipped;
        }
      },
      setRemaining: (runs) => void (this.remaining = runs),
      end: ({ cursor, notBefore }) => {
        this.countedBefore.delete(part);
        if (notBefore !== undefined) this.throttledParts.set(part, notBefore);
        if (cursor === undefined && part !== 'runHistory') this.lists.add(part);
      },
      fail: () => void this.countedBefore.set(part, addCounts(attempted, toSkip)),
    };
  }

  snapshot(): WorkerFactoryProgress {
    return {
      factory: this.factory,
      lists: [...this.lists],
      readingRunHistory: this.readingRunHistory,
      throttledParts: Object.fromEntries(this.throttledParts),
      counts: { ...this.counts },
      ...(this.remaining !== undefined && { remaining: this.remaining }),
    };
  }
}
