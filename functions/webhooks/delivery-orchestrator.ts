/** Runs the attempts of a delivery. The step returns the time of the next attempt. */
import type { OrchestrationContext } from 'durable-functions';
import { runStep, type Orchestration } from '../durable/step';
import { sleepFor, sleepUntil } from '../durable/timers';
import type { DeliveryStepInput, DeliveryTarget, NextAttempt } from './delivery';
import { attemptDelivery } from './steps';

const pauseSeconds = 900;
/** Pauses of a day. */
const maxStepFailures = 96;

export function* deliverWebhook(context: OrchestrationContext): Orchestration<void> {
  const target = context.df.getInput<DeliveryTarget>();
  for (let attempt = 1; ; attempt++) {
    const { retryAt } = yield* attemptWithRetry(context, { ...target, attempt });
    if (retryAt === undefined) return;
    yield* sleepUntil(context, retryAt);
  }
}

/** A failure of the receiver is a result. The step throws only if our own storage fails. */
function* attemptWithRetry(
  context: OrchestrationContext,
  input: DeliveryStepInput,
): Orchestration<NextAttempt> {
  for (let failures = 1; ; failures++) {
    try {
      return yield* runStep(context, attemptDelivery, input);
    } catch (error) {
      if (failures === maxStepFailures) throw error;
      yield* sleepFor(context, pauseSeconds);
    }
  }
}
