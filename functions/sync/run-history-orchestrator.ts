/** Copies the run history of one factory, once its lists are read: what is throttled first has to come last. */
import type { OrchestrationContext } from 'durable-functions';
import type { Failure, Halt } from '../catalog/mirror';
import { run, type Orchestration } from '../durable/step';
import type { MirroredRuns, RunCursor, RunTally } from '../runs/run-mirror';
import { waitWhileGoingOn } from './patience-orchestrator';
import { mirrorRuns } from './steps';
import type { FactoryTarget } from './travel';

/** Azure may put it off this often; the next sync goes on where this one stopped. */
const mostRounds = 100;

export interface RunHistoryResult {
  readonly tally: RunTally;
  readonly failure?: Failure;
  readonly halted?: Halt;
}

export function* syncRunHistory(
  context: OrchestrationContext,
  target: FactoryTarget,
): Orchestration<RunHistoryResult> {
  const { tenantId, connectorId, factory, runId, siblings = 1 } = target;
  let tally: RunTally = { pipelineRuns: 0, triggerRuns: 0, detailed: 0, left: 0 };
  let cursor: RunCursor | undefined;
  let notBefore: string | undefined;
  for (let round = 1; round <= mostRounds; round++) {
    const input = { tenantId, connectorId, factory, pass: runId, siblings };
    let result: MirroredRuns;
    try {
      const halted = notBefore && (yield* waitWhileGoingOn(context, target, notBefore));
      if (halted) return { tally, halted };
      result = yield* run(context, mirrorRuns, cursor ? { ...input, cursor } : input);
    } catch {
      // A step threw to the last of its tries; its own log says why.
      return { tally, failure: brokeOff };
    }
    tally = {
      pipelineRuns: tally.pipelineRuns + result.tally.pipelineRuns,
      triggerRuns: tally.triggerRuns + result.tally.triggerRuns,
      detailed: tally.detailed + result.tally.detailed,
      left: result.tally.left,
    };
    if (result.halted) return { tally, halted: result.halted };
    if (result.failure) return { tally, failure: result.failure };
    if (!result.cursor) return { tally };
    ({ cursor, notBefore } = result);
  }
  return { tally, failure: putOff };
}

const brokeOff: Failure = {
  code: 'runs_broke_off',
  message: 'The run history could not be copied.',
};
const putOff: Failure = { code: 'runs_put_off', message: 'Azure kept putting off run history.' };
