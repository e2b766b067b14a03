/** The step of a sign-in on another device. A contract only, so that the orchestrator may import this file. */
import { step } from '../durable/step';
import type { DeviceLook, DeviceTarget } from './device-session';

export const lookForDevice = step<DeviceTarget, DeviceLook>('lookForDevice');

/** Raised so that whoever looks after a sign-in need not sleep on when it was cancelled. */
export const cancelEvent = 'cancel';
