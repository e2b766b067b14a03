import type { Connector } from '../connectors/connector';
import type { Secret } from '../secrets/secret';
import type { ConnectorKey } from '../storage/connector-key';
import type { Page, PageRequest } from '../storage/page';
import type { Stored } from '../storage/stored';
import type { ConnectionAttempt } from './connection-attempt';
import type { ClientApp, SignInResult } from './sign-in-result';

/** Connection attempts of every method, or of the methods that a store was opened for. */
export interface ConnectionAttemptStore<A extends ConnectionAttempt = ConnectionAttempt> {
  get(connector: ConnectorKey, attemptId: string): Promise<Stored<A> | undefined>;
  /** Newest first. */
  list(connector: ConnectorKey, page: PageRequest): Promise<Page<Stored<A>>>;
  /** Throws ConflictError if the id is taken. */
  create(attempt: A): Promise<Stored<A>>;
  /** Throws StaleError if the attempt changed since it was read. */
  replace(attempt: Stored<A>): Promise<Stored<A>>;
  /** Deletes all attempts of a connector. Succeeds if there are none. */
  deleteConnector(connector: ConnectorKey): Promise<void>;
  /** Deletes attempts of all tenants that were created before a time, and yields the id of each. */
  deleteBefore(time: Date): AsyncIterable<string>;
}

/** Leases let one worker at a time renew a connector. A lease ends by itself if its worker dies. */
export interface LeaseStore {
  /** Returns nothing if another lease has not expired at `now`. */
  take(connector: ConnectorKey, now: Date, until: Date): Promise<Stored<ConnectorKey> | undefined>;
  /** Succeeds if another worker has taken the lease over. */
  release(lease: Stored<ConnectorKey>): Promise<void>;
}

/** Access tokens of connectors for Azure Resource Manager. */
export interface AccessTokens {
  /**
   * A token that is valid for at least five more minutes, from a cache if possible. Call it per
   * page or step, never once per sync. `fresh` bypasses the cache, for the one retry after a 401.
   * Throws RefusedError with a sign-in error code if the connection is not usable, UpstreamError or
   * ThrottledError if Entra or Key Vault is not available.
   */
  forResourceManager(
    connector: ConnectorKey,
    options?: { readonly fresh?: boolean },
  ): Promise<string>;
  /** Ends the connection: Azure rejected even a fresh token. */
  recordRejection(connector: ConnectorKey): Promise<void>;
}

/** Access tokens for callers that have read the connector already. */
export interface ConnectorAccessTokens extends AccessTokens {
  /** Like `forResourceManager`, without another read of the connector. */
  forConnector(
    connector: Stored<Connector>,
    options?: { readonly fresh?: boolean },
  ): Promise<string>;
}

export interface AccessToken {
  readonly token: Secret;
  readonly expiresAt: Date;
}

/**
 * Result of a refresh token request. The used refresh token stays valid; the new one lasts longer.
 */
export interface RenewedAccess extends AccessToken {
  readonly refreshToken: Secret;
}

export interface AppCredentials {
  readonly tenantId: string;
  readonly clientId: string;
  readonly clientSecret: Secret;
}

/** Entra's token endpoint. Every failure is thrown as an AppError of the sign-in error taxonomy. */
export interface TokenEndpoint {
  /** Signs in as the customer's app itself, for Resource Manager or Microsoft Graph. */
  withClientCredentials(
    app: AppCredentials,
    resource: 'resource-manager' | 'graph',
  ): Promise<AccessToken>;
  /**
   * Redeems a user's grant for Resource Manager: with our app and its secret unless an app is
   * given.
   */
  withRefreshToken(
    tenantId: string,
    refreshToken: Secret,
    customerApp?: ClientApp,
  ): Promise<RenewedAccess>;
}

/** Entra's sign-in with a password. Every failure is thrown as an AppError of the taxonomy. */
export interface PasswordSignIn {
  /** Sends one request and never repeats it: Entra counts a wrong password towards a lockout. */
  withPassword(request: {
    readonly tenantId: string;
    readonly app: ClientApp;
    readonly username: string;
    readonly password: Secret;
  }): Promise<SignInResult>;
}

/** Checks what a new token can reach, before a secret is stored. */
export interface AccessCheck {
  /** Throws RefusedError `access_denied_arm` if the token can read no subscription. */
  assertSubscriptionAccess(token: Secret): Promise<void>;
  /** Undefined if the app may not read users. Throws RefusedError if the user does not exist. */
  findUser(token: Secret, user: string): Promise<DirectoryUser | undefined>;
}

export interface DirectoryUser {
  readonly objectId: string;
  readonly displayName: string;
  readonly username: string;
}
