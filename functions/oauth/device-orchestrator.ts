/** TtlCache whether somebody has signed in on another device, as often as Entra allows, until it is over. Deterministic. */
import type { OrchestrationContext } from 'durable-functions';
import { sleepOrEvent } from '../durable/timers';
import { run, type Orchestration } from '../durable/step';
import type { PollResult, DeviceFlowInput } from './device-session';
import { cancelEvent, pollDevice } from './steps';

/** RFC 8628 §3.5. */
const slowDownSeconds = 5;
/** A history is read again from its beginning with every look. */
const pollsPerHistory = 60;
/** Our own storage may be out of order when the session ends; its code should be deleted all the same. Half a day. */
const longestPauseInSeconds = 600;

export function* deviceFlow(context: OrchestrationContext): Orchestration<void> {
  const target = context.df.getInput<DeviceFlowInput>();
  let { intervalInSeconds } = target;
  for (let looks = 0; looks < pollsPerHistory; looks++) {
    yield* sleepOrEvent(context, intervalInSeconds, cancelEvent);
    const { over, slowDown } = yield* pollWithRetry(context, target, intervalInSeconds);
    if (over) return;
    if (slowDown) intervalInSeconds += slowDownSeconds;
  }
  context.df.continueAsNew({ ...target, intervalInSeconds });
}

/** The step throws only when our own storage or vault fails, and that passes. */
function* pollWithRetry(
  context: OrchestrationContext,
  target: DeviceFlowInput,
  intervalInSeconds: number,
): Orchestration<PollResult> {
  try {
    return yield* run(context, pollDevice, target);
  } catch (error) {
    if (intervalInSeconds > longestPauseInSeconds) throw error;
    return { over: false, slowDown: true };
  }
}
