/** Contract of the delivery step, for the orchestrator. */
import { step } from '../durable/step';
import type { DeliveryStepInput, NextAttempt } from './delivery';

export const attemptDelivery = step<DeliveryStepInput, NextAttempt>('attemptDelivery');
