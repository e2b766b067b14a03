/** The step of forgetting. A contract only, so that the orchestrator may import this file. */
import { step } from '../durable/step';
import type { Forgetting, Forgotten } from './part';

export const forgetSome = step<Forgetting, Forgotten>('forgetSome');
