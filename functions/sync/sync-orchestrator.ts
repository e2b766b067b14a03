/**
 * Copies every factory a connector can see into the catalogue. An initial sync and a refresh are this one story.
 * Deterministic: no clock, no randomness, no I/O, no configuration.
 */
import type { OrchestrationContext } from 'durable-functions';
import { sleepFor } from '../durable/sleep';
import { run, runTogether, StepRefusedError, type Orchestration } from '../durable/step';
import { waitWhileGoingOn } from './patience-orchestrator';
import { discoverFactories, finishSync } from './steps';
import type {
  Discovered,
  FactoryReport,
  FactoryResult,
  FactoryTarget,
  RunOutcome,
  SyncInput,
  SyncTarget,
} from './travel';

const factoriesAtOnce = 4;
/** Azure may put off its list of factories this often. */
const mostWaits = 50;
/** A paused run is suspended by Durable; should that be late, its factories are not asked in a circle meanwhile. */
const pauseInSeconds = 10;

export function* syncConnector(context: OrchestrationContext): Orchestration<void> {
  const { after, reports = [], started = 0, ...target } = context.df.getInput<SyncInput>();
  const progress = { reports: [...reports], started };
  try {
    const found = yield* factoriesAfter(context, target, after);
    const cancelled =
      found === undefined || (yield* syncFactories(context, target, found.factories, progress));
    // A new history for every hundred factories keeps each short, however many there are.
    if (!cancelled && found.after !== undefined) {
      const next: SyncInput = { ...target, ...progress, after: found.after };
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

/** A few at a time; a factory that was paused goes on where it was. True when the sync was cancelled. */
function* syncFactories(
  context: OrchestrationContext,
  target: SyncTarget,
  found: Extract<Discovered, { factories: unknown }>['factories'],
  progress: { reports: FactoryReport[]; started: number },
): Orchestration<boolean> {
  let waiting = found.map(({ missed, unwanted, expected, ...factory }): FactoryTarget => ({
    ...target,
    factory,
    siblings: found.length,
    ...(missed && { missed }),
    ...(unwanted && { unwanted }),
    ...(expected !== undefined && { expected }),
  }));
  while (waiting.length > 0) {
    context.df.setCustomStatus({ phase: 'reading', factoriesDone: progress.reports.length });
    const batch = waiting.slice(0, factoriesAtOnce);
    const results = yield* runTogether<FactoryTarget, FactoryResult>(
      context,
      'syncFactory',
      batch,
      progress.started,
    );
    progress.started += batch.length;
    const paused: FactoryTarget[] = [];
    for (const [index, result] of results.entries())
      if (result.paused) paused.push({ ...batch[index]!, rest: result.paused });
      else progress.reports.push(result);
    if (progress.reports.some(({ outcome }) => outcome.status === 'cancelled')) return true;
    waiting = [...paused, ...waiting.slice(batch.length)];
    if (paused.length > 0) yield* sleepFor(context, pauseInSeconds);
  }
  return false;
}

function* finish(context: OrchestrationContext, outcome: RunOutcome): Orchestration<void> {
  yield* run(context, finishSync, outcome);
  context.df.setCustomStatus({ phase: 'finished', factoriesDone: outcome.reports.length });
}

/** Nothing when the sync was cancelled while Azure kept it waiting. */
function* factoriesAfter(
  context: OrchestrationContext,
  target: SyncTarget,
  after: string | undefined,
): Orchestration<Extract<Discovered, { factories: unknown }> | undefined> {
  context.df.setCustomStatus({ phase: 'discovering' });
  const input = after === undefined ? target : { ...target, after };
  for (let wait = 1; wait <= mostWaits; wait++) {
    const found = yield* run(context, discoverFactories, input);
    if (!('notBefore' in found)) return found;
    const halted = yield* waitWhileGoingOn(context, target, found.notBefore);
    if (halted === 'cancelled') return undefined;
  }
  throw new StepRefusedError({
    code: 'discovery_put_off',
    detail: 'Azure kept putting off the list of factories.',
  });
}

function failureOf(error: unknown): { code: string; message: string } {
  if (!(error instanceof StepRefusedError))
    return { code: 'sync_broke_off', message: 'The sync ended unexpectedly.' };
  const { code, detail } = error.refusal;
  return { code, message: detail };
}
