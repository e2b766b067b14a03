import type { SignInResult } from '../credentials/sign-in-result';
import type { Secret } from '../secrets/secret';
import type { Stored } from '../storage/stored';
import type { Authorization } from './authorization';

/** Sign-ins under way and over. Secrets of a browser are known by their hashes only. */
export interface AuthorizationStore {
  get(
    tenantId: string,
    connectorId: string,
    id: string,
  ): Promise<Stored<Authorization> | undefined>;
  findByTicket(tenantId: string, ticketHash: string): Promise<Stored<Authorization> | undefined>;
  findByState(tenantId: string, stateHash: string): Promise<Stored<Authorization> | undefined>;
  /** Throws ConflictError when the id is taken. */
  create(authorization: Authorization): Promise<Stored<Authorization>>;
  /** Throws StaleError when someone replaced it since it was read: of ten at once, one succeeds. */
  replace(authorization: Stored<Authorization>): Promise<Stored<Authorization>>;
  /** Forgets all sign-ins of a connector. Succeeds when there are none. */
  deleteConnector(tenantId: string, connectorId: string): Promise<void>;
}

export interface AuthorizeRequest {
  /** A tenant id, or `organizations`. */
  readonly tenant: string;
  readonly state: string;
  readonly nonce: string;
  readonly codeChallenge: string;
  readonly responseMode: 'query' | 'form_post';
  readonly loginHint?: string;
  /** Ask which account, even when only one is signed in. */
  readonly selectAccount?: boolean;
}

/** Entra's sign-in for our own app. Every failure is thrown as the error taxonomy names it. */
export interface SignIn {
  authorizeUrl(request: AuthorizeRequest): Promise<string>;
  redeem(answer: {
    readonly tenant: string;
    readonly code: string;
    readonly codeVerifier: string;
    readonly nonce: string;
  }): Promise<SignInResult>;
}

export interface DeviceCode {
  /** The app that asked for it. */
  readonly clientId: string;
  /** Whoever holds it gets the tokens of the person who types the other code. */
  readonly deviceCode: Secret;
  readonly userCode: string;
  readonly verificationUri: string;
  readonly expiresInSeconds: number;
  readonly intervalInSeconds: number;
}

/** Entra's sign-in on another device (RFC 8628). Every failure is thrown as the error taxonomy names it. */
export interface DeviceSignIn {
  /** For our own app unless the customer's is named; either must allow public client flows. */
  begin(tenant: string, clientId?: string): Promise<DeviceCode>;
  /** One look. */
  poll(asked: {
    readonly tenant: string;
    readonly clientId: string;
    readonly deviceCode: Secret;
  }): Promise<SignInResult | 'authorization_pending' | 'slow_down'>;
}
