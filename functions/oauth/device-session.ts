/**
 * A sign-in on another device (RFC 8628): the app shows a code, a person enters it on any device.
 */
import type { ConnectionAttempt } from '../credentials/connection-attempt';
import { deviceCodePrefix } from '../secrets/secret-names';

export interface DeviceSession extends ConnectionAttempt {
  readonly method: 'device_code';
  /** Id of the tenant that signs in, in lower case. */
  readonly authority: string;
  /** The app that the person signs in to: the customer's own, or ours. */
  readonly clientId: string;
  readonly allowAccountChange: boolean;
  /** Shown to the person. The device code itself is stored in Key Vault until the session ends. */
  readonly userCode: string;
  readonly verificationUri: string;
  readonly intervalSeconds: number;
}

/** Input of the orchestration that polls Entra. */
export interface DeviceFlowInput {
  readonly tenantId: string;
  readonly connectorId: string;
  readonly sessionId: string;
  readonly intervalSeconds: number;
  readonly createdAt: string;
}

export interface PollResult {
  /** Whether the session has ended. */
  readonly done: boolean;
  /** Polls must be further apart from now on (RFC 8628 section 3.5). */
  readonly slowDown?: true;
}

export const deviceCodeName = (sessionId: string) => `${deviceCodePrefix}${sessionId}`;
export const deviceInstanceId = (sessionId: string) => `device-${sessionId}`;
