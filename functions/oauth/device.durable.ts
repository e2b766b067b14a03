/** What the step of a sign-in on another device does, and its registration. It may run twice. */
import { app } from 'durable-functions';
import { registerStep } from '../durable/step';
import type { Lazy } from '../concurrency/lazy';
import type { Services } from '../services';
import { deviceFlow } from './device-orchestrator';
import { pollDevice } from './steps';

export function registerDeviceSignIn(services: Lazy<Services>): void {
  app.orchestration('deviceFlow', deviceFlow);
  registerStep(services, pollDevice, (target, { devices }) => devices.look(target));
}
