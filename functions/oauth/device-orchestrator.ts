/** Looks whether somebody has signed in on another device, as often as Entra allows, until it is over. Deterministic. */
import type { OrchestrationContext } from 'durable-functions';
import { sleepUnless } from '../durable/timers';
import { run, type Orchestration } from '../durable/step';
import type { DeviceLook, DeviceTarget } from './device-session';
import { cancelEvent, lookForDevice } from './steps';

/** RFC 8628 §3.5. */
const moreInSeconds = 5;
/** A history is read again from its beginning with every look. */
const looksPerHistory = 60;
/** Our own storage may be out of order when the session ends; its code should be deleted all the same. Half a day. */
const longestPauseInSeconds = 600;

export function* awaitDevice(context: OrchestrationContext): Orchestration<void> {
  const target = context.df.getInput<DeviceTarget>();
  let { intervalInSeconds } = target;
  for (let looks = 0; looks < looksPerHistory; looks++) {
    yield* sleepUnless(context, intervalInSeconds, cancelEvent);
    const { over, slowDown } = yield* patiently(context, target, intervalInSeconds);
    if (over) return;
    if (slowDown) intervalInSeconds += moreInSeconds;
  }
  context.df.continueAsNew({ ...target, intervalInSeconds });
}

/** The step throws only when our own storage or vault fails, and that passes. */
function* patiently(
  context: OrchestrationContext,
  target: DeviceTarget,
  intervalInSeconds: number,
): Orchestration<DeviceLook> {
  try {
    return yield* run(context, lookForDevice, target);
  } catch (error) {
    if (intervalInSeconds > longestPauseInSeconds) throw error;
    return { over: false, slowDown: true };
  }
}
