/** Step contract of the sign-in on another device. */
import { step } from '../durable/step';
import type { DeviceFlowInput, PollResult } from './device-session';

export const pollDevice = step<DeviceFlowInput, PollResult>('pollDevice');

/** Event that ends the wait for the next poll, raised when a session is cancelled. */
export const cancelEvent = 'cancel';
