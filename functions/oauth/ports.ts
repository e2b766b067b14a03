import type { SignInResult } from '../credentials/sign-in-result';
import type { OutboxMessage } from '../events/ports';
import type { Secret } from '../secrets/secret';
import type { ConnectorKey } from '../storage/connector-key';
import type { Stored } from '../storage/stored';
import type { Authorization } from './authorization';

/**
 * Sign-ins in the browser. Tickets, states and cookies are stored as hashes. Messages are stored in
 * the transaction of the change.
 */
export interface AuthorizationStore {
  get(connector: ConnectorKey, attemptId: string): Promise<Stored<Authorization> | undefined>;
  findByTicket(tenantId: string, ticketHash: string): Promise<Stored<Authorization> | undefined>;
  findByState(tenantId: string, stateHash: string): Promise<Stored<Authorization> | undefined>;
  /** Throws ConflictError if the id is taken. */
  create(
    authorization: Authorization,
    messages?: readonly OutboxMessage[],
  ): Promise<Stored<Authorization>>;
  /** Throws StaleError if the sign-in changed since it was read. */
  replace(
    authorization: Stored<Authorization>,
    messages?: readonly OutboxMessage[],
  ): Promise<Stored<Authorization>>;
  /** Deletes all sign-ins of a connector. Succeeds if there are none. */
  deleteConnector(connector: ConnectorKey): Promise<void>;
}

export interface AuthorizeRequest {
  /** A tenant id. */
  readonly tenant: string;
  readonly state: string;
  readonly nonce: string;
  readonly codeChallenge: string;
  readonly responseMode: 'query' | 'form_post';
  readonly loginHint?: string;
  /** Lets the person choose an account even if only one is signed in. */
  readonly selectAccount?: boolean;
}

/**
 * Entra's authorization code flow for our own app (RFC 6749 section 4.1). Every failure is thrown
 * as an AppError of the sign-in error taxonomy.
 */
export interface AuthorizationCodeFlow {
  authorizeUrl(request: AuthorizeRequest): Promise<string>;
  redeem(response: {
    readonly tenant: string;
    readonly code: string;
    readonly codeVerifier: string;
    readonly nonce: string;
  }): Promise<SignInResult>;
}

export interface DeviceCode {
  /** The app that requested the code. */
  readonly clientId: string;
  /** Redeemable for the tokens of the person who enters the user code. */
  readonly deviceCode: Secret;
  readonly userCode: string;
  readonly verificationUri: string;
  readonly lifetimeSeconds: number;
  readonly intervalSeconds: number;
}

/**
 * Entra's sign-in on another device (RFC 8628). Every failure is thrown as an AppError of the
 * sign-in error taxonomy.
 */
export interface DeviceFlow {
  /** For our own app unless a client is given. The app must allow public client flows. */
  requestCode(tenant: string, clientId?: string): Promise<DeviceCode>;
  /** Sends one token request. */
  poll(request: {
    readonly tenant: string;
    readonly clientId: string;
    readonly deviceCode: Secret;
  }): Promise<SignInResult | 'authorization_pending' | 'slow_down'>;
}

/**
 * A sign-in is completed minutes after the request that started it, without a token of the person who
 * asked for it. Throws UnauthenticatedError if that person has left meanwhile.
 */
export type AssertPresent = (person: {
  readonly tenantId: string;
  readonly objectId: string;
}) => Promise<void>;
