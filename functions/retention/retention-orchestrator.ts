/**
 * Runs one retention task until no expired data remains. Data that could not be purged is tried again
 * the next night. Deterministic.
 */
import type { OrchestrationContext } from 'durable-functions';
import { runBatches } from '../durable/batches-orchestrator';
import type { Orchestration } from '../durable/step';
import { purgeBatch } from './steps';

export const runRetention = (context: OrchestrationContext): Orchestration<void> =>
  runBatches(context, purgeBatch, 'Some data could not be purged');
