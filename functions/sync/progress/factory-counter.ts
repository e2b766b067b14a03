/** What one worker has done for one factory. A step that is tried again does not count again what it counted before. */
import type { FactoryRef, ListedKind } from '../../data-factory/resource';
import {
  addCounts,
  countNames,
  noCounts,
  type Counts,
  type WorkerFactoryProgress,
  type Part,
} from './progress-report';

/** How a step ended; with a cursor there is more to do. */
export interface StepEnd {
  readonly cursor?: unknown;
  readonly notBefore?: string;
}

/** One try of a step. */
export interface Attempt {
  readonly count: (more: Partial<Counts>) => void;
  /** How many runs are left whose activities will be read. */
  readonly leave: (runs: number) => void;
  readonly end: (result: StepEnd) => void;
  readonly breakOff: () => void;
}

export class FactoryCounter {
  readonly counts = { ...noCounts };
  private left: number | undefined;
  private readingRunHistory = false;
  private readonly lists = new Set<ListedKind>();
  private readonly waits = new Map<Part, string>();
  /** Counted by tries that broke off: the next try comes by it again. */
  private readonly again = new Map<Part, Counts>();

  constructor(private readonly factory: FactoryRef) {}

  begin(part: Part): Attempt {
    this.waits.delete(part);
    this.readingRunHistory ||= part === 'runs';
    const again = { ...(this.again.get(part) ?? noCounts) };
    const tried = { ...noCounts };
    return {
      count: (more) => {
        addCounts(tried, more);
        for (const name of countNames) {
          const known = Math.min(again[name], more[name] ?? 0);
          again[name] -= known;
          this.counts[name] += (more[name] ?? 0) - known;
        }
      },
      leave: (runs) => void (this.left = runs),
      end: ({ cursor, notBefore }) => {
        this.again.delete(part);
        if (notBefore !== undefined) this.waits.set(part, notBefore);
        if (cursor === undefined && part !== 'runs') this.lists.add(part);
      },
      breakOff: () => void this.again.set(part, addCounts(tried, again)),
    };
  }

  word(): WorkerFactoryProgress {
    return {
      factory: this.factory,
      lists: [...this.lists],
      readingRunHistory: this.readingRunHistory,
      waits: Object.fromEntries(this.waits),
      counts: { ...this.counts },
      ...(this.left !== undefined && { left: this.left }),
    };
  }
}
