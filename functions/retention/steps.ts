/** The step of forgetting. A contract only, so that the orchestrator may import this file. */
import { step } from '../durable/step';
import type { Forgetting, Forgotten } from './retention-task';

export const forgetSome = step<Forgetting, Forgotten>('forgetSome');
