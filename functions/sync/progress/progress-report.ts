/**
 * What is told of a run while it goes on. Every worker has a row of its own for what it works on, every factory that
 * has ended another, so that nobody overwrites or waits for anybody. They go when the run is over.
 */
import type { FactoryRef, ListedKind } from '../../data-factory/resource';
import type { FactoryOutcome } from '../sync-run';

/** Names compare without case. */
export const factoryKey = ({ subscriptionId, resourceGroup, name }: FactoryRef) =>
  `${subscriptionId}/${resourceGroup}/${name}`.toLowerCase();

/** A list, or the run history. */
export type Part = ListedKind | 'runs';

export interface Counts {
  /** What Data Factory lists; together with the activities in it, they are `read`. */
  readonly objects: number;
  readonly read: number;
  readonly written: number;
  readonly pipelineRuns: number;
  readonly triggerRuns: number;
  /** Runs whose activities were read. */
  readonly detailed: number;
}

export const noCounts: Counts = {
  objects: 0,
  read: 0,
  written: 0,
  pipelineRuns: 0,
  triggerRuns: 0,
  detailed: 0,
};
export const countNames = Object.keys(noCounts) as readonly (keyof Counts)[];

/** Called for every object that is read, so it makes nothing new. */
export function addCounts(to: { -readonly [name in keyof Counts]: number }, more: Partial<Counts>) {
  for (const name of countNames) to[name] += more[name] ?? 0;
  return to;
}

/** One factory as one worker knows it. */
export interface WorkerFactoryProgress {
  readonly factory: FactoryRef;
  /** Read to their end, or given up. */
  readonly lists: readonly ListedKind[];
  /** Whether its run history has been begun. */
  readonly readingRunHistory: boolean;
  /** Until when Azure puts off a part, in ISO 8601. */
  readonly waits: Readonly<Partial<Record<Part, string>>>;
  readonly counts: Counts;
  /** Runs whose activities are still to be read in this sync, once that is known. */
  readonly left?: number;
}

/** When, and how many resources, runs, and runs with their activities until then. */
export type Sample = readonly [atInMs: number, resources: number, runs: number, detailed: number];

/** How far back a rate looks. */
export const rateWindowInMs = 30_000;

export interface WorkerProgress {
  readonly at: string;
  /** Those it works on, and a few before them. */
  readonly factories: readonly WorkerFactoryProgress[];
  /** Oldest first: those a rate looks back at, and one before them. */
  readonly samples: readonly Sample[];
}

export interface FactoryEndEntry {
  readonly outcome: FactoryOutcome;
  /** How many objects it was expected to have. */
  readonly expected?: number;
  /** Only its lists are read so far: the rest is told when its run history has ended as well. */
  readonly runHistoryPending?: true;
  /** How long its lists took, or its run history, whichever ended last. */
  readonly durationMs: number;
}

export interface Told {
  readonly workers: readonly WorkerProgress[];
  readonly ended: readonly FactoryEndEntry[];
}

export const emptyReport: Told = { workers: [], ended: [] };
