/** Registers the orchestrator and the step of retention. The step may run twice. */
import { app } from 'durable-functions';
import type { Lazy } from '../concurrency/lazy';
import { registerStep } from '../durable/step';
import { runRetention } from './retention-orchestrator';
import type { RetentionServices } from './services';
import { purgeBatch } from './steps';

export function registerRetentionSteps(services: Lazy<RetentionServices>): void {
  app.orchestration('runRetention', runRetention);
  registerStep(services, purgeBatch, (input, { retention }) => retention.purgeBatch(input));
}
