/** Registers the delivery orchestrator and its step. */
import type { Lazy } from '../concurrency/lazy';
import { registerOrchestrator } from '../durable/registration';
import { registerStep } from '../durable/step';
import { deliverWebhook } from './delivery-orchestrator';
import type { WebhookServices } from './services';
import { attemptDelivery } from './steps';

export function registerDeliveries(services: Lazy<WebhookServices>): void {
  registerOrchestrator('deliverWebhook', deliverWebhook);
  // Sends nothing if the result of the attempt is stored already.
  registerStep(services, attemptDelivery, (input, { deliveries }) => deliveries.attempt(input));
}
