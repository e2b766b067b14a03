/**
 * Copies every factory a connector can see into the catalogue. An initial sync and a refresh are this one story.
 * Deterministic: no clock, no randomness, no I/O, no configuration.
 */
import type { OrchestrationContext } from 'durable-functions';
import { sleepUntil } from '../durable/sleep';
import { run, runEach, StepRefusedError, type Orchestration } from '../durable/step';
import { discoverFactories, finishSync } from './steps';
import type {
  Discovered,
  FactoryReport,
  FactoryTarget,
  RunOutcome,
  SyncInput,
  SyncTarget,
} from './travel';

const factoriesAtOnce = 4;
/** Azure may put off its list of factories this often. */
const mostWaits = 50;

export function* syncConnector(context: OrchestrationContext): Orchestration<void> {
  const { after, reports = [], ...target } = context.df.getInput<SyncInput>();
  let soFar = reports;
  try {
    const found = yield* factoriesAfter(context, target, after);
    context.df.setCustomStatus({ phase: 'reading', factoriesDone: soFar.length });
    const each = found.factories.map((factory): FactoryTarget => ({ ...target, factory }));
    const copied = yield* runEach<FactoryTarget, FactoryReport>(
      context,
      'syncFactory',
      each,
      factoriesAtOnce,
      soFar.length,
    );
    soFar = [...soFar, ...copied];
    // A new history for every hundred factories keeps each short, however many there are.
    if (found.after !== undefined) {
      const next: SyncInput = { ...target, after: found.after, reports: soFar };
      context.df.continueAsNew(next);
      return;
    }
  } catch (error) {
    yield* finish(context, { ...target, reports: soFar, failure: failureOf(error) });
    // A refusal is an outcome and told in the run; everything else should be seen by operators, too.
    if (error instanceof StepRefusedError) return;
    throw error;
  }
  yield* finish(context, { ...target, reports: soFar });
}

function* finish(context: OrchestrationContext, outcome: RunOutcome): Orchestration<void> {
  yield* run(context, finishSync, outcome);
  context.df.setCustomStatus({ phase: 'finished', factoriesDone: outcome.reports.length });
}

function* factoriesAfter(
  context: OrchestrationContext,
  target: SyncTarget,
  after: string | undefined,
): Orchestration<Exclude<Discovered, { notBefore: string }>> {
  context.df.setCustomStatus({ phase: 'discovering' });
  const input = after === undefined ? target : { ...target, after };
  for (let wait = 1; wait <= mostWaits; wait++) {
    const found = yield* run(context, discoverFactories, input);
    if (!('notBefore' in found)) return found;
    yield* sleepUntil(context, found.notBefore);
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
