/** The step of a delivery. A contract only, so that the orchestrator may import this file. */
import { step } from '../durable/step';
import type { DeliveryStepInput, NextAttempt } from './delivery';

export const attemptDelivery = step<DeliveryStepInput, NextAttempt>('attemptDelivery');
