/** What the step of forgetting does, and its registration. It may run twice; nobody minds. */
import { app } from 'durable-functions';
import { registerStep } from '../durable/step';
import type { Lazy } from '../concurrency/lazy';
import type { Services } from '../services';
import { runRetention } from './retention-orchestrator';
import { purgeBatch } from './steps';

export function registerRetentionSteps(services: Lazy<Services>): void {
  app.orchestration('runRetention', runRetention);
  registerStep(services, purgeBatch, (forgetting, { retention }) => retention.forget(forgetting));
}
