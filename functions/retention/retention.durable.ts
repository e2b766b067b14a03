/** What the step of forgetting does, and its registration. It may run twice; nobody minds. */
import { app } from 'durable-functions';
import { registerStep } from '../durable/step';
import type { Lazy, Services } from '../services';
import { forgetOld } from './retention-orchestrator';
import { forgetSome } from './steps';

export function registerForgetting(services: Lazy<Services>): void {
  app.orchestration('forgetOld', forgetOld);
  registerStep(services, forgetSome, (forgetting, { retention }) => retention.forget(forgetting));
}
