/**
 * Mirrors the run history of one factory, after the lists of all: Azure throttles run history
 * first.
 */
import type { OrchestrationContext } from 'durable-functions';
import { runStep, type Orchestration } from '../../durable/step';
import type { StopRequest } from '../../durable/stop-request';
import type { FailureInfo } from '../../errors/app-error';
import type { RunMirrorResult } from '../../run-history/run-mirror-messages';
import { addRunCounts, emptyRunTally } from '../../run-history/run-tallies';
import type { FactoryTarget, RunHistoryCheckpoint } from './step-messages';
import { cancellableWait } from './cancellable-wait-orchestrator';
import { mirrorRuns } from './steps';

/** After so many throttled rounds run history fails. The next sync continues at the same place. */
const maxRounds = 100;

/** With a stop request, reading continues at the checkpoint. */
export interface RunHistoryResult extends RunHistoryCheckpoint {
  readonly failure?: FailureInfo;
  readonly stopRequest?: StopRequest;
}

export function* syncRunHistory(
  context: OrchestrationContext,
  target: FactoryTarget,
  checkpoint: RunHistoryCheckpoint = { tally: emptyRunTally },
): Orchestration<RunHistoryResult> {
  const { tenantId, connectorId, factory, syncRunId, activityQueries } = target;
  const limit = activityQueries === undefined ? {} : { activityQueries };
  const input = { tenantId, connectorId, factory, syncRunId, ...limit };
  let progress: RunHistoryResult = checkpoint;
  for (let round = 1; round <= maxRounds; round++) {
    const { tally, cursor, notBefore } = progress;
    let result: RunMirrorResult;
    try {
      const stopRequest = notBefore && (yield* cancellableWait(context, target, notBefore));
      if (stopRequest) return { ...progress, stopRequest };
      result = yield* runStep(context, mirrorRuns, cursor ? { ...input, cursor } : input);
    } catch {
      // A step failed in all its attempts. The cause is in its log.
      return { tally, failure: interrupted };
    }
    progress = { ...result, tally: addRunCounts(tally, result.tally) };
    if (result.stopRequest || result.failure || !result.cursor) return progress;
  }
  return { tally: progress.tally, failure: throttled };
}

const interrupted: FailureInfo = {
  code: 'run_history_interrupted',
  message: 'The run history could not be read. The next sync reads it again.',
};
const throttled: FailureInfo = {
  code: 'run_history_throttled',
  message: 'Azure kept throttling run history. The next sync continues.',
};
