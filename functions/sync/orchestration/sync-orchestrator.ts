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
  const { reports = [], startedCount = 0, factoryCount: knownCount, ...rest } = input;
  const { after: _after, discoveryInDoubt: _inDoubt, ...target } = rest;
  const progress = { reports: [...reports], startedCount };
  try {
    const found = yield* discover(context, rest);
    const factoryCount = knownCount ?? found?.factoryCount ?? found?.factories.length ?? 0;
    const isCancelled =
      found === undefined ||
      (yield* syncFactories(context, { ...target, factoryCount }, found.factories, progress));
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

/**
 * Reads the lists of all given factories, then their run history, a few factories at a time. A
 * paused factory continues at its checkpoint. True if the sync run was cancelled.
 */
function* syncFactories(
  context: OrchestrationContext,
  target: CountedTarget,
  found: readonly DiscoveredFactory[],
  progress: { reports: FactoryReport[]; startedCount: number },
): Orchestration<boolean> {
  let reading = found.map((factory): Work => ({ target: targetOf(target, factory) }));
  let histories: Work[] = [];
  while (reading.length + histories.length > 0) {
    const inLists = reading.length > 0;
    const phase = inLists ? 'reading' : 'run_history';
    context.df.setCustomStatus({ phase, factoriesFinished: progress.reports.length });
    const batch = inLists
      ? reading.slice(0, maxConcurrentFactories)
      : histories.slice(0, maxConcurrentHistories);
    const results = yield* runSubOrchestrations<FactoryTarget, FactoryResult>(
      context,
      'syncFactory',
      batch.map((each) => ({
        ...each.target,
        ...(inLists && target.factoryCount > 1 && listsOnly),
      })),
      progress.startedCount,
    );
    progress.startedCount += batch.length;
    const remaining = results.flatMap((each, n) => storeReport(batch[n]!, each, progress.reports));
    if (results.some(({ outcome }) => outcome.status === 'cancelled')) return true;
    reading = [...remaining.filter(hasLists), ...reading.slice(inLists ? batch.length : 0)];
    histories = [
      ...remaining.filter((each) => !hasLists(each)),
      ...histories.slice(inLists ? 0 : batch.length),
    ];
    if (results.some(({ paused }) => paused)) yield* sleepFor(context, pauseSeconds);
  }
  return false;
}

const listsOnly = { listsOnly: true } as const;
const hasLists = ({ target: { checkpoint } }: Work) =>
  checkpoint !== undefined && checkpoint.pending.length > 0;

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
