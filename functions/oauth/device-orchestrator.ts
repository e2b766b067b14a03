/** Polls Entra at the requested interval until the sign-in on another device ends. */
import type { OrchestrationContext } from 'durable-functions';
import { runStep, type Orchestration } from '../durable/step';
import { sleepOrEvent } from '../durable/timers';
import type { DeviceFlowInput, PollResult } from './device-session';
import { cancelEvent, pollDevice } from './steps';

/** RFC 8628 section 3.5. */
const slowDownSeconds = 5;
/** Limits the history, which every poll replays from its beginning. */
const pollsPerHistory = 60;
/** Retries last half a day: the device code must be deleted even if storage fails at the end. */
const maxIntervalSeconds = 600;

export function* deviceFlow(context: OrchestrationContext): Orchestration<void> {
  const input = context.df.getInput<DeviceFlowInput>();
  let { intervalSeconds } = input;
  for (let polls = 0; polls < pollsPerHistory; polls++) {
    yield* sleepOrEvent(context, intervalSeconds, cancelEvent);
    const { done, slowDown } = yield* pollWithRetry(context, input, intervalSeconds);
    if (done) return;
    if (slowDown) intervalSeconds += slowDownSeconds;
  }
  context.df.continueAsNew({ ...input, intervalSeconds });
}

/** The step throws only if our own storage or Key Vault fails, which is temporary. */
function* pollWithRetry(
  context: OrchestrationContext,
  input: DeviceFlowInput,
  intervalSeconds: number,
): Orchestration<PollResult> {
  try {
    return yield* runStep(context, pollDevice, input);
  } catch (error) {
    if (intervalSeconds > maxIntervalSeconds) throw error;
    return { done: false, slowDown: true };
  }
}
