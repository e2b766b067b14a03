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
  DiscoveredFactory,
  DiscoverInput,
  DiscoveryResult,
  FactoryReport,
  FactoryResult,
  FactoryTarget,
  SyncInput,
  SyncOutcome,
  SyncTarget,
} from './step-messages';
import { maxActivityQueries, shareQueries } from '../../run-history/activity-queries';
import type { RunCursor } from '../../run-history/run-mirror-messages';
import { maxConcurrentFactories, maxConcurrentHistories } from './sync-plan';
import { cancellableWait } from './cancellable-wait-orchestrator';
import { discoverFactories, finishSync } from './steps';

/** After so many throttled attempts discovery fails. */
const maxWaits = 50;
/**
 * Durable suspends a paused run. Until it does, wait this long before the factories are tried
 * again.
 */
const pauseSeconds = 10;

export function* syncConnector(context: OrchestrationContext): Orchestration<void> {
  const input = context.df.getInput<SyncInput>();
  const { reports = [], startedCount = 0, factoryCount: knownCount, ...others } = input;
  const { activityQueries = maxActivityQueries, ...rest } = others;
  const { after: _after, discoveryInDoubt: _inDoubt, ...target } = rest;
  const progress: Progress = { reports: [...reports], startedCount, activityQueries };
  try {
    const found = yield* discover(context, rest);
    const factoryCount = knownCount ?? found?.factoryCount ?? found?.factories.length ?? 0;
    const isCancelled =
      found === undefined ||
      (yield* syncFactories(context, { ...target, factoryCount }, found, progress));
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
    yield* finish(context, { ...target, reports: progress.reports, failure: failureOf(error) });
    // A refusal is a result of the sync run. Any other error should reach the operator as well.
    if (error instanceof StepRefusedError) return;
    throw error;
  }
  yield* finish(context, { ...target, reports: progress.reports });
}

type CountedTarget = SyncTarget & { readonly factoryCount: number };

/** The remaining work of a factory, and the index of its report if it has one already. */
interface Work {
  readonly target: FactoryTarget;
  readonly reportIndex?: number;
}

interface Progress {
  readonly reports: FactoryReport[];
  startedCount: number;
  /** Activity queries that the sync run has left. */
  activityQueries: number;
}

/** What a phase reads of each factory, and of how many factories at a time. */
interface Phase {
  readonly name: 'reading' | 'run_history';
  readonly maxConcurrent: number;
  readonly limits: Pick<FactoryTarget, 'listsOnly' | 'activityQueries'>;
}

const lists = { name: 'reading', maxConcurrent: maxConcurrentFactories } as const;
const history = { name: 'run_history', maxConcurrent: maxConcurrentHistories } as const;

/**
 * Reads the lists of all given factories, then their run history. Each factory gets an equal part of
 * the activity queries; what some do not need goes to the others. True if the sync run was cancelled.
 */
function* syncFactories(
  context: OrchestrationContext,
  target: CountedTarget,
  found: Extract<DiscoveryResult, { factories: unknown }>,
  progress: Progress,
): Orchestration<boolean> {
  const { reports } = progress;
  const firstReport = reports.length;
  const all = found.factories.map((factory): Work => ({ target: targetOf(target, factory) }));
  // A single factory needs no order among factories, so one sub-orchestration reads all of it.
  const listsOnly = target.factoryCount > 1 ? { listsOnly: true as const } : {};
  const listed = yield* runPhase(context, { ...lists, limits: listsOnly }, all, progress);
  if (!listed) return true;
  // Later pages of factories keep their part of the queries.
  const remainingFactories = Math.max(all.length, target.factoryCount - firstReport);
  const part = found.after === undefined ? 1 : all.length / remainingFactories;
  const queries = Math.floor(progress.activityQueries * part);
  const limits = { activityQueries: Math.floor(queries / Math.max(1, listed.length)) };
  const needy = yield* runPhase(context, { ...history, limits }, listed, progress);
  if (!needy) return true;
  const left = queries - queriesOf(reports.slice(firstReport));
  const before = context.df.currentUtcDateTime.toISOString();
  const work = withActivityQueries(needy, left, before);
  const rest = yield* runPhase(context, { ...history, limits: {} }, work, progress);
  progress.activityQueries -= queriesOf(reports.slice(firstReport));
  return rest === undefined;
}

const queriesOf = (reports: readonly FactoryReport[]) =>
  reports.reduce((sum, { outcome }) => sum + (outcome.runs?.runsWithActivities ?? 0), 0);

/**
 * Returns what remains for the next phase, or undefined if the sync run was cancelled. A paused
 * factory continues at its checkpoint.
 */
function* runPhase(
  context: OrchestrationContext,
  { name, maxConcurrent, limits }: Phase,
  all: readonly Work[],
  progress: Progress,
): Orchestration<Work[] | undefined> {
  let pending = [...all];
  const next: Work[] = [];
  while (pending.length > 0) {
    const factoriesFinished = progress.reports.length;
    context.df.setCustomStatus({ phase: name, factoriesFinished });
    const batch = pending.slice(0, maxConcurrent);
    const results = yield* runSubOrchestrations<FactoryTarget, FactoryResult>(
      context,
      'syncFactory',
      batch.map(({ target }) => ({ ...target, ...limits })),
      progress.startedCount,
    );
    progress.startedCount += batch.length;
    const paused: Work[] = [];
    for (const [n, result] of results.entries())
      for (const work of storeReport(batch[n]!, result, progress.reports))
        (result.paused ? paused : next).push(work);
    if (results.some(({ outcome }) => outcome.status === 'cancelled')) return undefined;
    pending = [...paused, ...pending.slice(batch.length)];
    if (paused.length > 0) yield* sleepFor(context, pauseSeconds);
  }
  return next;
}

/** Factories without a share are finished: a later sync run reads their activities. */
function withActivityQueries(all: readonly Work[], queries: number, before: string): Work[] {
  const needs = all.map(({ target }) => target.checkpoint?.runHistory?.tally.remaining ?? 0);
  const shares = shareQueries(needs, queries);
  return all.flatMap(({ target, ...work }, n) => {
    const { checkpoint } = target;
    const budget = shares[n]!;
    if (budget === 0 || !checkpoint?.runHistory) return [];
    const cursor: RunCursor = { phase: 'activity', before, budget };
    const runHistory = { tally: checkpoint.runHistory.tally, cursor };
    return [{ ...work, target: { ...target, checkpoint: { ...checkpoint, runHistory } } }];
  });
}

const targetOf = (
  target: CountedTarget,
  { subscriptionId, resourceGroup, name, ...evidence }: DiscoveredFactory,
): FactoryTarget => ({ ...target, ...evidence, factory: { subscriptionId, resourceGroup, name } });

/**
 * Stores the report of a factory in place of an earlier one, and returns its remaining work. A
 * factory whose lists are paused has no report yet.
 */
function storeReport(
  { target, reportIndex }: Work,
  { checkpoint, paused: _paused, ...report }: FactoryResult,
  reports: FactoryReport[],
): Work[] {
  if (checkpoint && checkpoint.pending.length > 0) return [{ target: { ...target, checkpoint } }];
  const index = reportIndex ?? reports.length;
  reports[index] = report;
  return checkpoint ? [{ target: { ...target, checkpoint }, reportIndex: index }] : [];
}

function* finish(context: OrchestrationContext, outcome: SyncOutcome): Orchestration<void> {
  yield* runStep(context, finishSync, outcome);
  context.df.setCustomStatus({ phase: 'finished', factoriesFinished: outcome.reports.length });
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
