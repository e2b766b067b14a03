/** Registers the orchestrator and the step of the sign-in on another device. */
import { app } from 'durable-functions';
import type { Lazy } from '../concurrency/lazy';
import { registerStep } from '../durable/step';
import { deviceFlow } from './device-orchestrator';
import type { OAuthServices } from './services';
import { pollDevice } from './steps';

export function registerDeviceFlow(services: Lazy<OAuthServices>): void {
  app.orchestration('deviceFlow', deviceFlow);
  registerStep(services, pollDevice, (input, { deviceSessions }) => deviceSessions.poll(input));
}
