/** The step of forgetting. A contract only, so that the orchestrator may import this file. */
import { step } from '../durable/step';
import type { RetentionInput, Forgotten } from './retention-task';

export const purgeBatch = step<RetentionInput, Forgotten>('purgeBatch');
