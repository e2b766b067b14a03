/** Verifies the connections of all tenants, in batches. Deterministic. */
import type { OrchestrationContext } from 'durable-functions';
import { runBatches } from '../../durable/batches-orchestrator';
import type { Orchestration } from '../../durable/step';
import { verifyBatch } from './steps';

export const runVerification = (context: OrchestrationContext): Orchestration<void> =>
  runBatches(context, verifyBatch, 'Some connections could not be verified');
