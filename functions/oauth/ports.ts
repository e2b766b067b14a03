import type { Secret } from '../secret';
import type { Stored } from '../stored';
import type { Authorization } from './authorization';

/** Sign-ins under way and over. Secrets of a browser are known by their hashes only. */
export interface AuthorizationStore {
  get(tenantId: string, id: string): Promise<Stored<Authorization> | undefined>;
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

/** What a redeemed code brought. Without a refresh token it is of no use to us. */
export interface SignedIn {
  readonly token: Secret;
  readonly expiresAt: Date;
  readonly refreshToken?: Secret;
  readonly clientId: string;
  readonly tenantId: string;
  readonly objectId: string;
  readonly displayName: string;
  readonly username?: string;
}

/** Entra's sign-in for our own app. Every failure is thrown as the error taxonomy names it. */
export interface SignIn {
  authorizeUrl(request: AuthorizeRequest): Promise<string>;
  redeem(answer: {
    readonly tenant: string;
    readonly code: string;
    readonly codeVerifier: string;
    readonly nonce: string;
  }): Promise<SignedIn>;
}
