/** Registers the orchestrator and the step of the sign-in on another device. */
import type { Lazy } from '../concurrency/lazy';
import { registerOrchestrator } from '../durable/registration';
import { registerStep } from '../durable/step';
import { deviceFlow } from './device-orchestrator';
import type { OAuthServices } from './services';
import { pollDevice } from './steps';

export function registerDeviceFlow(services: Lazy<OAuthServices>): void {
  registerOrchestrator('deviceFlow', deviceFlow);
  registerStep(services, pollDevice, (input, { deviceSessions }) => deviceSessions.poll(input));
}
