/** How far a run is: computed when somebody asks, from its row and from what was told of it. */
import type { Tallies } from '../catalog/mirror';
import {
  listsOfEach,
  newestWord,
  standingsOf,
  type FactoryStanding,
  type FactoryState,
} from './factory-standing';
import { paceOf, type Outlook, type Pace } from './pace';
import { isOver, type SyncPhase, type SyncRun, type SyncRunSummary } from './sync-run';
import type { Counts, Told } from './told';

export interface Progress extends Pace {
  readonly phase: SyncPhase;
  /** Lists that were read to their end or given up. */
  readonly done: number;
  readonly total: number;
  /** Of the whole work, run history included. */
  readonly percent: number;
  readonly counts: Omit<Counts, 'objects'>;
  readonly factories: FactoryCounts;
  readonly updatedAt: string;
}
/** `queued` are those that nobody has begun. */
export type FactoryCounts = Readonly<Partial<Record<FactoryState | 'queued', number>>>;

/** Reading its lists is most of the work of a factory, as far as anybody knows in advance. */
const listsShare = 0.9;

export function progressOf(run: SyncRunSummary, told: Told, now: Date): Progress {
  if (isOver(run)) return finalProgress(run);
  const standings = standingsOf({ ...run, factories: [] }, told);
  const queued = Math.max(0, run.factoryCount - standings.length);
  const lists = sum(standings, ({ live }) => live?.lists.done ?? listsOfEach(run));
  const share = run.factoryCount === 0 ? 0 : sum(standings, shareOf) / run.factoryCount;
  const newest = newestWord(told);
  return {
    phase: phaseOf(run, standings, queued),
    done: Math.min(lists, run.lists),
    total: run.lists,
    // Never 100 before the end: a bar that is full and still runs is a lie.
    percent: Math.min(99, Math.floor(100 * share)),
    counts: countsOf(standings),
    factories: { ...(queued > 0 && { queued }), ...byState(standings) },
    updatedAt: newest > run.updatedAt ? newest : run.updatedAt,
    ...paceOf(run, told.workers, outlookOf(run, told, standings, share), now),
  };
}

/** Every number comes from what the steps have reported, none from what was told meanwhile. */
const finalProgress = (run: SyncRunSummary): Progress => ({
  phase: run.phase,
  done: run.lists,
  total: run.lists,
  percent: 100,
  counts: {
    read: sumOf(run.tallies, 'read'),
    written: sumOf(run.tallies, 'written'),
    pipelineRuns: run.runs?.pipelineRuns ?? 0,
    triggerRuns: run.runs?.triggerRuns ?? 0,
    detailed: run.runs?.detailed ?? 0,
  },
  factories: run.outcomes,
  updatedAt: run.updatedAt,
});

export const sumOf = (tallies: Tallies, of: 'read' | 'written' | 'removed') =>
  sum(Object.values(tallies), (tally) => tally[of]);

function phaseOf({ phase }: Pick<SyncRun, 'phase'>, standings: Standings, queued: number) {
  const isRead = standings.every(({ live }) => live === undefined || live.inRuns);
  return phase === 'reading' && queued === 0 && standings.length > 0 && isRead ? 'runs' : phase;
}

function shareOf({ live, outcome }: FactoryStanding): number {
  const hasRuns = outcome?.status === 'succeeded' || outcome?.status === 'partial';
  if (!live) return hasRuns && !outcome.runs ? listsShare : 1;
  const { lists, counts, left } = live;
  const read = lists.done / Math.max(1, lists.total);
  const detailed = left === undefined ? 0 : counts.detailed / Math.max(1, counts.detailed + left);
  return listsShare * read + (1 - listsShare) * detailed;
}

function countsOf(standings: Standings): Progress['counts'] {
  const resources = (of: 'read' | 'written') =>
    sum(standings, ({ live, outcome }) => (live?.counts ?? outcome?.counts)?.[of] ?? 0);
  const runs = (of: 'pipelineRuns' | 'triggerRuns' | 'detailed') =>
    sum(standings, ({ live, outcome }) => (live?.counts ?? outcome?.runs)?.[of] ?? 0);
  return {
    read: resources('read'),
    written: resources('written'),
    pipelineRuns: runs('pipelineRuns'),
    triggerRuns: runs('triggerRuns'),
    detailed: runs('detailed'),
  };
}

function byState(standings: Standings): FactoryCounts {
  const counts: Partial<Record<FactoryState, number>> = {};
  for (const { status } of standings) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

/** Sizes tell more than the number of factories; both tell too little before the first of them has ended. */
function outlookOf(
  { expected, factoryCount }: Pick<SyncRun, 'expected' | 'factoryCount'>,
  { ended }: Told,
  standings: Standings,
  share: number,
): Outlook {
  const live = standings.flatMap((each) => each.live ?? []);
  const objects =
    sum(ended, (each) => each.expected ?? 0) + sum(live, ({ counts }) => counts.objects);
  const known = expected !== undefined && expected > 0;
  const mayTell = ended.length >= (known ? 1 : 2);
  const done = known ? Math.min(objects / expected, 1) : share;
  const onlyDetails =
    standings.length === factoryCount && live.every(({ left }) => left !== undefined);
  const waits = live.flatMap(({ waitsUntil }) => waitsUntil ?? []).sort();
  return {
    ...(mayTell && { done }),
    ...(onlyDetails && { details: sum(live, ({ left }) => left ?? 0) }),
    ...(waits.length > 0 && { waitsUntil: waits.at(-1)! }),
  };
}

type Standings = readonly FactoryStanding[];

const sum = <T>(of: readonly T[], by: (each: T) => number) =>
  of.reduce((total, each) => total + by(each), 0);
