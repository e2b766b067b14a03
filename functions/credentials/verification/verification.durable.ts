/** Registers the orchestrator and the step of the nightly verification. The step may run twice. */
import type { Lazy } from '../../concurrency/lazy';
import { registerOrchestrator } from '../../durable/registration';
import { registerStep } from '../../durable/step';
import type { CredentialServices } from '../services';
import { verifyBatch } from './steps';
import { runVerification } from './verification-orchestrator';

export function registerVerification(
  services: Lazy<Pick<CredentialServices, 'connectionVerification'>>,
): void {
  registerOrchestrator('runVerification', runVerification);
  registerStep(services, verifyBatch, ({ checkpoint }, { connectionVerification }) =>
    connectionVerification.verifyBatch(checkpoint),
  );
}
