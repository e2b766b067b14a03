/**
 * Mirrors every factory that a connector can read into the catalog: the first sync and every
 * refresh. Deterministic: no clock, no randomness, no I/O, no configuration.
 */
import type { OrchestrationContext } from 'durable-functions';
import {
  runStep,
  runSubOrchestrations,
  StepRefusedError,
  type Orchestration,
} from '../../durable/step';
import { sleepFor } from '../../durable/timers';
import type { FailureInfo } from '../../errors/app-error';
import type {
  DiscoverInput,
  DiscoveryResult,
  LaneInput,
  LaneItem,
  LanePart,
  LaneResult,
  SyncInput,
  SyncOutcome,
  SyncTarget,
} from './step-messages';
import { maxActivityQueries, shareQueries } from '../../run-history/activity-queries';
import type { RunCursor } from '../../run-history/run-mirror-messages';
import { updateDerivedDataOf } from './derived-data-orchestrator';
import { deal, maxConcurrentFactories, maxConcurrentHistories, pauseSeconds } from './sync-plan';
import { cancellableWait } from './cancellable-wait-orchestrator';
import { runLane } from './lane-orchestrator';
import { discoverFactories, finishSync } from './steps';

/** After so many throttled attempts discovery fails. */
const maxWaits = 50;

export function* syncConnector(context: OrchestrationContext): Orchestration<void> {
  const input = context.df.getInput<SyncInput>();
  const { startedCount = 0, finishedCount = 0, factoryCount: knownCount, ...others } = input;
  const { activityQueries = maxActivityQueries, ...rest } = others;
  const { after: _after, discoveryInDoubt: _inDoubt, ...target } = rest;
  const progress: Progress = { startedCount, finishedCount, activityQueries };
  try {
    const found = yield* discover(context, rest);
    const factoryCount = knownCount ?? found?.factoryCount ?? found?.factories.length ?? 0;
    const isCancelled =
      found === undefined || (yield* syncFactories(context, target, found, factoryCount, progress));
    // Each page of factories gets a new history, so every history stays short.
    if (!isCancelled && found.after !== undefined) {
      const { after, discoveryInDoubt } = found;
      const next: SyncInput = {
        ...target,
        ...progress,
        factoryCount,
        after,
        ...(discoveryInDoubt && { discoveryInDoubt }),
      };
      context.df.continueAsNew(next);
      return;
    }
  } catch (error) {
    yield* finish(context, { ...target, failure: failureOf(error) }, progress);
    // A refusal is a result of the sync run. Any other error should reach the operator as well.
    if (error instanceof StepRefusedError) return;
    throw error;
  }
  yield* finish(context, target, progress);
}

interface Progress {
  startedCount: number;
  finishedCount: number;
  /** Activity queries that the sync run has left. */
  activityQueries: number;
}

/** What a phase reads of each factory, and in how many lanes. */
interface Phase {
  readonly name: 'reading' | 'run_history';
  readonly part: LanePart;
  readonly maxLanes: number;
  readonly activityQueries?: number;
}

const lists: Phase = { name: 'reading', part: 'lists', maxLanes: maxConcurrentFactories };
const history: Phase = {
  name: 'run_history',
  part: 'runHistory',
  maxLanes: maxConcurrentHistories,
};

/** What the lanes of a phase leave to the next one. */
type PhaseResults = Required<Pick<LaneResult, 'next' | 'queries' | 'stale'>>;

/**
 * Reads the lists of all given factories, updates what is derived from them, and reads their run
 * history. Each factory gets an equal part of the activity queries; what some do not need goes to the
 * others. True if the sync run was cancelled.
 */
function* syncFactories(
  context: OrchestrationContext,
  target: SyncTarget,
  { factories, after }: Extract<DiscoveryResult, { factories: unknown }>,
  factoryCount: number,
  progress: Progress,
): Orchestration<boolean> {
  const all = factories.map((factory, n): LaneItem => ({ n, factory }));
  const itemOf = (n: number): LaneItem => all[n]!;
  const listed = yield* runPhase(context, target, lists, largestFirst(all), progress);
  if (!listed) return true;
  const stale = listed.stale.map((n) => all[n]!.factory);
  if ((yield* updateDerivedDataOf(context, target, stale)) === 'cancelled') return true;
  // Later pages of factories keep their part of the queries.
  const remainingFactories = Math.max(all.length, factoryCount - progress.finishedCount);
  const part = after === undefined ? 1 : all.length / remainingFactories;
  const queries = Math.floor(progress.activityQueries * part);
  const activityQueries = Math.floor(queries / Math.max(1, listed.next.length));
  const work = listed.next.map(({ n }) => itemOf(n)).sort((one, other) => one.n - other.n);
  const read = yield* runPhase(context, target, { ...history, activityQueries }, work, progress);
  if (!read) return true;
  const before = context.df.currentUtcDateTime.toISOString();
  const needy = withActivityQueries(read.next, queries - read.queries, before);
  const known = needy.reduce((sum, { tally }) => sum + tally.runsWithActivities, 0);
  const rest = needy.map(({ n, tally, cursor }) => ({
    ...itemOf(n),
    checkpoint: { tally, cursor },
  }));
  const more = yield* runPhase(context, target, history, rest, progress);
  if (!more) return true;
  progress.activityQueries -= read.queries + more.queries - known;
  progress.finishedCount += all.length;
  return false;
}

/** A large factory that begins last would be waited for. New factories may be large. */
const largestFirst = (items: readonly LaneItem[]): LaneItem[] =>
  items.toSorted(
    (one, other) =>
      (other.factory.expectedObjects ?? Infinity) - (one.factory.expectedObjects ?? Infinity) ||
      one.n - other.n,
  );

/**
 * Deals the factories to lanes and runs these until all factories are read. Undefined if the sync run
 * was cancelled. A paused lane continues with what it has left.
 */
function* runPhase(
  context: OrchestrationContext,
  target: SyncTarget,
  { name, part, maxLanes, activityQueries }: Phase,
  items: readonly LaneItem[],
  progress: Progress,
): Orchestration<PhaseResults | undefined> {
  const next: PhaseResults['next'][number][] = [];
  const stale: number[] = [];
  let queries = 0;
  let queues = deal(items, maxLanes);
  const limit = activityQueries === undefined ? {} : { activityQueries };
  while (queues.length > 0) {
    context.df.setCustomStatus({ phase: name, factoriesFinished: progress.finishedCount });
    const inputs = queues.map((queue): LaneInput => ({ ...target, part, queue, ...limit }));
    const results = yield* runLanes(context, inputs, items.length === 1, progress);
    if (results.some(({ isBroken }) => isBroken))
      throw new Error('The end of a factory could not be stored.');
    for (const result of results) {
      next.push(...result.next);
      stale.push(...(result.stale ?? []));
      queries += result.queries;
    }
    if (results.some(({ stopRequest }) => stopRequest === 'cancelled')) return undefined;
    queues = results.flatMap(({ queue }) => (queue.length > 0 ? [queue] : []));
    if (queues.length > 0) yield* sleepFor(context, pauseSeconds);
  }
  return { next, queries, stale };
}

/** A single factory needs no history of its own. */
function* runLanes(
  context: OrchestrationContext,
  inputs: readonly LaneInput[],
  isSingle: boolean,
  progress: Progress,
): Orchestration<LaneResult[]> {
  if (isSingle) return [yield* runLane(context, inputs[0]!)];
  const first = progress.startedCount;
  progress.startedCount += inputs.length;
  return yield* runSubOrchestrations<LaneInput, LaneResult>(context, 'syncLane', inputs, first);
}

/** Factories without a share are finished: a later sync run reads their activities. */
function withActivityQueries(all: LaneResult['next'], queries: number, before: string) {
  const needs = all.map(({ tally }) => tally?.remaining ?? 0);
  const shares = shareQueries(needs, queries);
  return all.flatMap(({ n, tally }, index) => {
    const budget = shares[index]!;
    if (budget === 0 || !tally) return [];
    const cursor: RunCursor = { phase: 'activity', before, budget };
    return [{ n, tally, cursor }];
  });
}

function* finish(
  context: OrchestrationContext,
  outcome: SyncOutcome,
  { finishedCount }: Progress,
): Orchestration<void> {
  yield* runStep(context, finishSync, outcome);
  context.df.setCustomStatus({ phase: 'finished', factoriesFinished: finishedCount });
}

/** Undefined if the sync run was cancelled while Azure throttled discovery. */
function* discover(
  context: OrchestrationContext,
  input: DiscoverInput,
): Orchestration<Extract<DiscoveryResult, { factories: unknown }> | undefined> {
  context.df.setCustomStatus({ phase: 'discovering' });
  for (let wait = 1; wait <= maxWaits; wait++) {
    const result = yield* runStep(context, discoverFactories, input);
    if (!('notBefore' in result)) return result;
    const stopRequest = yield* cancellableWait(context, input, result.notBefore);
    if (stopRequest === 'cancelled') return undefined;
  }
  throw new StepRefusedError({
    code: 'discovery_throttled',
    message: 'Azure kept throttling the list of factories. Start the sync again later.',
  });
}

function failureOf(error: unknown): FailureInfo {
  if (!(error instanceof StepRefusedError))
    return {
      code: 'sync_interrupted',
      message: 'The sync run ended unexpectedly. Start a new one.',
    };
  return error.refusal;
}
