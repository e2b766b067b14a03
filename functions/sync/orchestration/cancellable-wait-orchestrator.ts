/** A wait that ends early if the sync run is paused or cancelled. Checks once a minute. */
import type { OrchestrationContext } from 'durable-functions';
import { runStep, type Orchestration } from '../../durable/step';
import type { StopRequest } from '../../durable/stop-request';
import { sleepAtMost } from '../../durable/timers';
import type { SyncTarget } from './step-messages';
import { checkStopRequest } from './steps';

const checkIntervalSeconds = 60;

/** Waits until an ISO 8601 time. Returns the stop request that ended the wait, if one did. */
export function* cancellableWait(
  context: OrchestrationContext,
  { tenantId, connectorId, syncRunId }: SyncTarget,
  time: string,
): Orchestration<StopRequest | undefined> {
  const key = { tenantId, connectorId, syncRunId };
  while (!(yield* sleepAtMost(context, time, checkIntervalSeconds))) {
    const { stopRequest } = yield* runStep(context, checkStopRequest, key);
    if (stopRequest) return stopRequest;
  }
  return undefined;
}
