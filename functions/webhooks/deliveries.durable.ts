/** What the step of a delivery does, and its registration. It may run twice, and sends once where it can know. */
import { app } from 'durable-functions';
import { registerStep } from '../durable/step';
import type { Lazy } from '../concurrency/lazy';
import type { Services } from '../services';
import { deliverWebhook } from './delivery-orchestrator';
import { attemptDelivery } from './steps';

export function registerDeliveries(services: Lazy<Services>): void {
  app.orchestration('deliverWebhook', deliverWebhook);
  registerStep(services, attemptDelivery, (target, { deliveries }) => deliveries.attempt(target));
}
