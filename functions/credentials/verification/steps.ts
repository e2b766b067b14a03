/** The step of the nightly verification: a contract only, so that the orchestrator may import it. */
import type { BatchInput } from '../../durable/batches-orchestrator';
import { step } from '../../durable/step';
import type { ScanBatch } from '../../durable/time-boxed-scan';

export const verifyBatch = step<BatchInput, ScanBatch>('verifyBatch');
