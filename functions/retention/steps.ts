/** The step of retention: a contract only, so that the orchestrator may import it. */
import { step } from '../durable/step';
import type { ScanBatch } from '../durable/time-boxed-scan';
import type { RetentionInput } from './retention-task';

export const purgeBatch = step<RetentionInput, ScanBatch>('purgeBatch');
