/** The step of a sign-in on another device. A contract only, so that the orchestrator may import this file. */
import { step } from '../durable/step';
import type { PollResult, DeviceFlowInput } from './device-session';

export const pollDevice = step<DeviceFlowInput, PollResult>('pollDevice');

/** Raised so that whoever looks after a sign-in need not sleep on when it was cancelled. */
export const cancelEvent = 'cancel';
