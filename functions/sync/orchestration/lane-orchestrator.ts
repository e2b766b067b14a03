/**
 * A lane reads the lists, or the run history, of its factories one after the other, so no factory
 * waits for another one outside its lane. Each step reads a factory for at most a minute and stores
 * how it ended. Failures are stored, not thrown, so that the other factories are still read.
 * Deterministic.
 */
import type { OrchestrationContext } from 'durable-functions';
import { runStep, type Orchestration } from '../../durable/step';
import { failureLine } from '../../errors/log-failure';
import { cancellableWait } from './cancellable-wait-orchestrator';
import type {
  FactoryTarget,
  InterruptedStretch,
  LaneInput,
  LaneItem,
  LaneResult,
  LaneResults,
  ListsResult,
  RunHistoryResult,
  RunHistoryTarget,
  StretchResult,
} from './step-messages';
import { mirrorLists, mirrorRuns, reportInterruption } from './steps';

/** Durable replays the whole history for every step, so a history holds few of them. */
const stretchesPerHistory = 40;
/** After so many steps a factory ends with what is read. The next sync reads the rest. */
const maxStretches = 100;
/** Factories of a lane that may wait for Azure while the next one is read. */
const maxWaiting = 3;

type Lane = Omit<LaneInput, 'queue' | 'results'>;
type Result = StretchResult<LaneItem['checkpoint'] & {}> &
  Pick<ListsResult, 'hasRunHistory' | 'derivedIsStale'> &
  Pick<RunHistoryResult, 'tally' | 'needsQueries'>;

export function* syncLane(context: OrchestrationContext): Orchestration<LaneResult> {
  const { results: earlier = noResults, ...input } = context.df.getInput<LaneInput>();
  const lane = yield* runLane(context, input, stretchesPerHistory);
  const { queue, next, queries, stale = [], ...ended } = lane;
  const results = {
    next: [...earlier.next, ...next],
    queries: earlier.queries + queries,
    stale: [...(earlier.stale ?? []), ...stale],
  };
  const isOver = queue.length === 0 || ended.stopRequest !== undefined || ended.isBroken;
  if (!isOver) context.df.continueAsNew({ ...input, queue, results } satisfies LaneInput);
  return { queue, ...results, ...ended };
}

/** Reads until the queue is empty, a stop request ends it, or the number of steps is reached. */
export function* runLane(
  context: OrchestrationContext,
  { queue: given, ...lane }: LaneInput,
  maxSteps = Infinity,
): Orchestration<LaneResult> {
  let queue = [...given];
  const next: LaneResults['next'][number][] = [];
  const stale: number[] = [];
  let queries = 0;
  const results = () => ({ queue, next, queries, stale });
  for (let steps = 0; queue.length > 0 && steps < maxSteps; steps++) {
    const item = nextItem(context, queue);
    const { stopRequest, isBroken, ...result } = yield* readItem(context, lane, item);
    if (isBroken) return { ...results(), isBroken };
    const { checkpoint, notBefore, hasRunHistory, needsQueries, tally } = result;
    if (result.derivedIsStale) stale.push(item.n);
    if (stopRequest === 'cancelled') {
      queue = queue.filter((each) => each !== item);
      yield* storeCancelled(context, lane, queue);
      return { ...results(), stopRequest };
    }
    const { notBefore: _before, ...rest } = item;
    const more: LaneItem = {
      ...rest,
      ...(checkpoint && { checkpoint }),
      ...(notBefore !== undefined && { notBefore }),
      stretches: (item.stretches ?? 0) + (stopRequest ? 0 : 1),
    };
    queue = queue.flatMap((each) => (each !== item ? [each] : checkpoint ? [more] : []));
    if (stopRequest) return { ...results(), stopRequest };
    if (checkpoint) continue;
    queries += tally?.runsWithActivities ?? 0;
    if (hasRunHistory || needsQueries) next.push({ n: item.n, ...(tally && { tally }) });
  }
  return results();
}

/** The first factory that need not wait, or the one whose wait ends first. */
function nextItem(context: OrchestrationContext, queue: readonly LaneItem[]): LaneItem {
  const now = context.df.currentUtcDateTime.toISOString();
  const candidates = queue.slice(0, maxWaiting + 1);
  const ready = candidates.find(({ notBefore = '' }) => notBefore <= now);
  return ready ?? candidates.reduce((one, each) => (each.notBefore! < one.notBefore! ? each : one));
}

/** Waits until the factory may be read, and reads it. */
function* readItem(
  context: OrchestrationContext,
  lane: Lane,
  item: LaneItem,
): Orchestration<Result & { readonly isBroken?: true }> {
  try {
    const { notBefore } = item;
    const waitStopped = notBefore && (yield* cancellableWait(context, lane, notBefore));
    if (waitStopped === 'paused') return paused(item);
    // The step of a cancelled sync run stores how far the factory was read.
    return yield* runStretch(context, lane, item);
  } catch (error) {
    const { instanceId, isReplaying } = context.df;
    if (!isReplaying) context.error(failureLine('factory.interrupted', error, { instanceId }));
    return (yield* storeInterruption(context, lane, item)) ? {} : { isBroken: true };
  }
}

/** A factory that waits continues to wait after the pause. */
const paused = ({ checkpoint, notBefore }: LaneItem): Result => ({
  ...(checkpoint && { checkpoint }),
  ...(notBefore !== undefined && { notBefore }),
  stopRequest: 'paused',
});

function* runStretch(
  context: OrchestrationContext,
  lane: Lane,
  item: LaneItem,
): Orchestration<Result> {
  const { part, activityQueries, ...target } = lane;
  const { subscriptionId, resourceGroup, name, ...evidence } = item.factory;
  const common = {
    ...target,
    factory: { subscriptionId, resourceGroup, name },
    ...(item.checkpoint && { checkpoint: item.checkpoint }),
    ...((item.stretches ?? 0) >= maxStretches && { isLast: true as const }),
  };
  if (part === 'lists')
    return yield* runStep(context, mirrorLists, { ...common, ...evidence } as FactoryTarget);
  const limit = activityQueries === undefined ? {} : { activityQueries };
  return yield* runStep(context, mirrorRuns, { ...common, ...limit } as RunHistoryTarget);
}

/** False if the end of the factory could not be stored. */
function* storeInterruption(
  context: OrchestrationContext,
  { part, activityQueries: _queries, ...target }: Lane,
  { factory, checkpoint }: LaneItem,
): Orchestration<boolean> {
  const interrupted = { ...target, part, factory, ...(checkpoint && { checkpoint }) };
  try {
    yield* runStep(context, reportInterruption, interrupted as InterruptedStretch);
    return true;
  } catch {
    return false;
  }
}

/** In a cancelled sync run, the factories that were begun have a result as well. */
function* storeCancelled(
  context: OrchestrationContext,
  lane: Lane,
  queue: readonly LaneItem[],
): Orchestration<void> {
  for (const item of queue) if (item.checkpoint) yield* readItem(context, lane, withoutWait(item));
}

const withoutWait = ({ notBefore: _notBefore, ...item }: LaneItem): LaneItem => item;

const noResults: LaneResults = { next: [], queries: 0 };
