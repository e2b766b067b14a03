/** Waiting that a person can end: a long wait is cut into minutes, and after each the run is asked whether it goes on. */
import type { OrchestrationContext } from 'durable-functions';
import type { StopRequest } from '../../durable/stop-request';
import { sleepAtMost } from '../../durable/timers';
import { runStep, type Orchestration } from '../../durable/step';
import { checkStopRequest } from './steps';
import type { SyncTarget } from '../step-messages';

const sliceInSeconds = 60;

/** Until an ISO 8601 time that a step has named, or until the run is halted. */
export function* cancellableWait(
  context: OrchestrationContext,
  { tenantId, connectorId, syncRunId }: SyncTarget,
  time: string,
): Orchestration<StopRequest | undefined> {
  while (!(yield* sleepAtMost(context, time, sliceInSeconds))) {
    const { halted } = yield* runStep(context, checkStopRequest, { tenantId, connectorId, runId: syncRunId });
    if (halted) return halted;
  }
  return undefined;
}
