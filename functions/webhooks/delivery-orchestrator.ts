/** Attempts a delivery until it is over; the step says when the next attempt is due. Deterministic. */
import type { OrchestrationContext } from 'durable-functions';
import { sleepFor, sleepUntil } from '../durable/timers';
import { run, type Orchestration } from '../durable/step';
import type { DeliveryStepInput, DeliveryTarget, NextAttempt } from './delivery';
import { attemptDelivery } from './steps';

const pauseInSeconds = 900;
/** A day of pauses. */
const mostBreakdowns = 96;

export function* deliverWebhook(context: OrchestrationContext): Orchestration<void> {
  const target = context.df.getInput<DeliveryTarget>();
  for (let attempt = 1; ; attempt++) {
    const { retryAt } = yield* pollWithRetry(context, { ...target, attempt });
    if (retryAt === undefined) return;
    yield* sleepUntil(context, retryAt);
  }
}

/** What the receiver does is an outcome. The step throws only when our own storage fails, and that passes. */
function* pollWithRetry(
  context: OrchestrationContext,
  input: DeliveryStepInput,
): Orchestration<NextAttempt> {
  for (let breakdown = 1; ; breakdown++) {
    try {
      return yield* run(context, attemptDelivery, input);
    } catch (error) {
      if (breakdown === mostBreakdowns) throw error;
      yield* sleepFor(context, pauseInSeconds);
    }
  }
}
