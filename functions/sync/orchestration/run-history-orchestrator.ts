/** Copies the run history of one factory, once its lists are read: what is throttled first has to come last. */
import type { OrchestrationContext } from 'durable-functions';
import type { Failure } from '../../catalog/mirror-messages';
import type { StopRequest } from '../../durable/stop-request';
import { runStep, type Orchestration } from '../../durable/step';
import type { RunMirrorResult, RunTally } from '../../run-history/run-mirror-messages';
import { cancellableWait } from './cancellable-wait-orchestrator';
import { mirrorRuns } from './steps';
import type { FactoryTarget, RunHistoryCheckpoint } from '../step-messages';

/** Azure may put it off this often; the next sync goes on where this one stopped. */
const mostRounds = 100;

/** One that was halted goes on from its cursor. */
export interface RunHistoryResult extends RunHistoryCheckpoint {
  readonly failure?: Failure;
  readonly halted?: StopRequest;
}

export function* syncRunHistory(
  context: OrchestrationContext,
  target: FactoryTarget,
  rest: RunHistoryCheckpoint = { tally: nothing },
): Orchestration<RunHistoryResult> {
  const { tenantId, connectorId, factory, syncRunId, factoryCount = 1 } = target;
  let at: RunHistoryResult = rest;
  for (let round = 1; round <= mostRounds; round++) {
    const { tally, cursor, notBefore } = at;
    const input = { tenantId, connectorId, factory, pass: syncRunId, siblings: factoryCount };
    let result: RunMirrorResult;
    try {
      const halted = notBefore && (yield* cancellableWait(context, target, notBefore));
      if (halted) return { ...at, halted };
      result = yield* runStep(context, mirrorRuns, cursor ? { ...input, cursor } : input);
    } catch {
      // A step threw to the last of its tries; its own log says why.
      return { tally, failure: brokeOff };
    }
    at = { ...result, tally: sum(tally, result.tally) };
    if (result.halted || result.failure || !result.cursor) return at;
  }
  return { tally: at.tally, failure: putOff };
}

const nothing: RunTally = { pipelineRuns: 0, triggerRuns: 0, runsWithActivities: 0, remaining: 0 };

/** What is left is what the last step said. */
const sum = (before: RunTally, { pipelineRuns, triggerRuns, runsWithActivities, remaining }: RunTally) => ({
  pipelineRuns: before.pipelineRuns + pipelineRuns,
  triggerRuns: before.triggerRuns + triggerRuns,
  detailed: before.runsWithActivities + runsWithActivities,
  left: remaining,
});

const brokeOff: Failure = {
  code: 'run_history_interrupted',
  message: 'The run history could not be copied.',
};
const putOff: Failure = {
  code: 'run_history_throttled',
  message: 'Azure kept putting off run history.',
};
