/** A sign-in on another device (RFC 8628): we show a code, a person types it wherever they can sign in, and we ask. */
import type { Attempt } from '../credentials/connection-attempt';

export interface DeviceSession extends Attempt {
  readonly method: 'device_code';
  /** The tenant that signs in, or `organizations`. */
  readonly authority: string;
  /** The app that is signed in to: the customer's own, or ours. */
  readonly clientId: string;
  readonly allowAccountChange: boolean;
  /** For the person. The other code, which is worth a sign-in, lies in the vault until this is over. */
  readonly userCode: string;
  readonly verificationUri: string;
  readonly intervalInSeconds: number;
}

/** What its orchestration is told. */
export interface DeviceFlowInput {
  readonly tenantId: string;
  readonly connectorId: string;
  readonly sessionId: string;
  readonly intervalInSeconds: number;
}

/** What one look brought. */
export interface PollResult {
  readonly over: boolean;
  /** Entra, or whatever is in its way, asks for more patience. */
  readonly slowDown?: true;
}

export const deviceCodeName = (sessionId: string) => `dc-${sessionId}`;
export const deviceInstance = (sessionId: string) => `device-${sessionId}`;
