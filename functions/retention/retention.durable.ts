/** Registers the orchestrator and the step of retention. The step may run twice. */
import type { Lazy } from '../concurrency/lazy';
import { durableClientInput } from '../durable/durable-client';
import { registerOrchestrator } from '../durable/registration';
import { registerStep } from '../durable/step';
import type { HttpServices } from '../http/services';
import { runRetention } from './retention-orchestrator';
import type { RetentionServices } from './services';
import { purgeBatch } from './steps';

export function registerRetentionSteps(
  services: Lazy<RetentionServices & Pick<HttpServices, 'durableClient'>>,
): void {
  registerOrchestrator('runRetention', runRetention);
  registerStep(
    services,
    purgeBatch,
    (input, { retention, durableClient }, context) =>
      retention.purgeBatch(input, durableClient(context)),
    [durableClientInput],
  );
}
