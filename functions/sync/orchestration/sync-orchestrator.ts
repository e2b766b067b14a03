/**
 * Copies every factory a connector can see into the catalogue. An initial sync and a refresh are this one story.
 * Deterministic: no clock, no randomness, no I/O, no configuration.
 */
import type { OrchestrationContext } from 'durable-functions';
import { sleepFor } from '../../durable/timers';
import {
  run,
  runSubOrchestrations,
  StepRefusedError,
  type Orchestration,
} from '../../durable/step';
import { cancellableWait } from './cancellable-wait-orchestrator';
import { discoverFactories, finishSync } from './steps';
import type {
  Discovered,
  FactoryReport,
  FactoryResult,
  FactoryTarget,
  DiscoveredFactory,
  SyncOutcome,
  SyncInput,
  SyncTarget,
} from '../step-messages';

/** Factories whose lists are read at once: enough to keep the requests that a connector may have in flight busy. */
const maxConcurrentFactories = 8;
/** Run history is what Azure throttles first. */
const maxConcurrentHistories = 2;
/** Azure may put off its list of factories this often. */
const maxWaits = 50;
/** A paused run is suspended by Durable; should that be late, its factories are not asked in a circle meanwhile. */
const pauseInSeconds = 10;

export function* syncConnector(context: OrchestrationContext): Orchestration<void> {
  const { after, reports = [], started = 0, total, ...target } = context.df.getInput<SyncInput>();
  const progress = { reports: [...reports], started };
  try {
    const found = yield* discoverAfter(context, target, after);
    const siblings = total ?? found?.total ?? found?.factories.length ?? 0;
    const cancelled =
      found === undefined ||
      (yield* syncFactories(context, { ...target, siblings }, found.factories, progress));
    // A new history for every hundred factories keeps each short, however many there are.
    if (!cancelled && found.after !== undefined) {
      const next: SyncInput = { ...target, ...progress, total: siblings, after: found.after };
      context.df.continueAsNew(next);
      return;
    }
  } catch (error) {
    yield* finish(context, { ...target, reports: progress.reports, failure: failureOf(error) });
    // A refusal is an outcome and told in the run; everything else should be seen by operators, too.
    if (error instanceof StepRefusedError) return;
    throw error;
  }
  yield* finish(context, { ...target, reports: progress.reports });
}

/** What is left to do of a factory, and where its report stands, if it has one already. */
interface Work {
  readonly target: FactoryTarget;
  readonly at?: number;
}

/**
 * First the lists of all that are given, a hundred at most, then their run histories, a few factories at a time. One that
 * was paused goes on where it was. True when the sync was cancelled.
 */
function* syncFactories(
  context: OrchestrationContext,
  target: SyncTarget & { readonly siblings: number },
  found: readonly DiscoveredFactory[],
  progress: { reports: FactoryReport[]; started: number },
): Orchestration<boolean> {
  let reading = found.map((each): Work => ({ target: targetOf(target, each) }));
  let histories: Work[] = [];
  while (reading.length + histories.length > 0) {
    const inLists = reading.length > 0;
    const phase = inLists ? 'reading' : 'runs';
    context.df.setCustomStatus({ phase, factoriesFinished: progress.reports.length });
    const batch = inLists
      ? reading.slice(0, maxConcurrentFactories)
      : histories.slice(0, maxConcurrentHistories);
    const results = yield* runSubOrchestrations<FactoryTarget, FactoryResult>(
      context,
      'syncFactory',
      batch.map((each) => ({ ...each.target, ...(inLists && target.siblings > 1 && listsOnly) })),
      progress.started,
    );
    progress.started += batch.length;
    const left = results.flatMap((each, n) => keepReport(batch[n]!, each, progress.reports));
    if (results.some(({ outcome }) => outcome.status === 'cancelled')) return true;
    reading = [...left.filter(hasLists), ...reading.slice(inLists ? batch.length : 0)];
    histories = [
      ...left.filter((each) => !hasLists(each)),
      ...histories.slice(inLists ? 0 : batch.length),
    ];
    if (results.some(({ paused }) => paused)) yield* sleepFor(context, pauseInSeconds);
  }
  return false;
}

const listsOnly = { listsOnly: true } as const;
const hasLists = ({ target: { rest } }: Work) => rest !== undefined && rest.open.length > 0;

const targetOf = (
  target: SyncTarget & { readonly siblings: number },
  { missed, unwanted, expected, ...factory }: DiscoveredFactory,
): FactoryTarget => ({
  ...target,
  factory,
  ...(missed && { missed }),
  ...(unwanted && { unwanted }),
  ...(expected !== undefined && { expected }),
});

/** In place of what was reported before, if anything. While its lists are paused a factory has nothing to report. */
function keepReport(
  work: Work,
  { left, paused: _paused, ...report }: FactoryResult,
  reports: FactoryReport[],
): Work[] {
  if (left && left.open.length > 0) return [{ target: { ...work.target, rest: left } }];
  const at = work.at ?? reports.length;
  reports[at] = report;
  return left ? [{ target: { ...work.target, rest: left }, at }] : [];
}

function* finish(context: OrchestrationContext, outcome: SyncOutcome): Orchestration<void> {
  yield* run(context, finishSync, outcome);
  context.df.setCustomStatus({ phase: 'finished', factoriesFinished: outcome.reports.length });
}

/** Nothing when the sync was cancelled while Azure kept it waiting. */
function* discoverAfter(
  context: OrchestrationContext,
  target: SyncTarget,
  after: string | undefined,
): Orchestration<Extract<Discovered, { factories: unknown }> | undefined> {
  context.df.setCustomStatus({ phase: 'discovering' });
  const input = after === undefined ? target : { ...target, after };
  for (let wait = 1; wait <= maxWaits; wait++) {
    const found = yield* run(context, discoverFactories, input);
    if (!('notBefore' in found)) return found;
    const halted = yield* cancellableWait(context, target, found.notBefore);
    if (halted === 'cancelled') return undefined;
  }
  throw new StepRefusedError({
    code: 'discovery_throttled',
    detail: 'Azure kept putting off the list of factories.',
  });
}

function failureOf(error: unknown): { code: string; message: string } {
  if (!(error instanceof StepRefusedError))
    return { code: 'sync_interrupted', message: 'The sync ended unexpectedly.' };
  const { code, detail } = error.refusal;
  return { code, message: detail };
}
