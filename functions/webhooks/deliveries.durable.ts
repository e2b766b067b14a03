/** Registers the delivery orchestrator and its step. */
import { app } from 'durable-functions';
import type { Lazy } from '../concurrency/lazy';
import { registerStep } from '../durable/step';
import { deliverWebhook } from './delivery-orchestrator';
import type { WebhookServices } from './services';
import { attemptDelivery } from './steps';

export function registerDeliveries(services: Lazy<WebhookServices>): void {
  app.orchestration('deliverWebhook', deliverWebhook);
  // Sends nothing if the result of the attempt is stored already.
  registerStep(services, attemptDelivery, (input, { deliveries }) => deliveries.attempt(input));
}
