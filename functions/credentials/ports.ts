import type { Stretch } from '../concurrency/stretch';
import type { Connector } from '../connectors/connector';
import type { OutboxMessage } from '../events/ports';
import type { Secret } from '../secrets/secret';
import type { ConnectorKey } from '../storage/connector-key';
import type { Page, PageRequest } from '../storage/page';
import type { Stored } from '../storage/stored';
import type { AllowedTenants } from './accounts/allowed-tenants';
import type { ConnectionAttempt } from './connection-attempt';
import type { ClientApp, SignInResult } from './sign-in-result';

/**
 * Connection attempts of every method, or of the methods that a store was opened for. Messages are
 * stored in the transaction of the change.
 */
export interface ConnectionAttemptStore<A extends ConnectionAttempt = ConnectionAttempt> {
  get(connector: ConnectorKey, attemptId: string): Promise<Stored<A> | undefined>;
  /** Newest first. */
  list(connector: ConnectorKey, page: PageRequest): Promise<Page<Stored<A>>>;
  /** Throws ConflictError if the id is taken. */
  create(attempt: A, messages?: readonly OutboxMessage[]): Promise<Stored<A>>;
  /** Throws StaleError if the attempt changed since it was read. */
  replace(attempt: Stored<A>, messages?: readonly OutboxMessage[]): Promise<Stored<A>>;
  /** Deletes all attempts of a connector. Succeeds if there are none. */
  deleteConnector(connector: ConnectorKey, stretch?: Stretch): Promise<void>;
  /** Deletes attempts of all tenants that were created before a time, and yields the id of each. */
  deleteBefore(time: Date): AsyncIterable<string>;
}

/** Tenants of Entra. Every failure is thrown as an AppError of the sign-in error taxonomy. */
export interface TenantDirectory {
  /** Id of the tenant that owns a domain, in lower case. Throws RefusedError if there is none. */
  tenantIdOf(domain: string): Promise<string>;
}

/** The allowed tenants of each tenant. Messages are stored in the transaction of the change. */
export interface AllowedTenantsStore {
  get(tenantId: string): Promise<Stored<AllowedTenants> | undefined>;
  /** Throws StaleError if the setting exists. */
  create(
    setting: AllowedTenants,
    messages?: readonly OutboxMessage[],
  ): Promise<Stored<AllowedTenants>>;
  /** Throws StaleError if the setting changed since it was read. */
  replace(
    setting: Stored<AllowedTenants>,
    messages?: readonly OutboxMessage[],
  ): Promise<Stored<AllowedTenants>>;
}

export interface PasswordTry {
  readonly tenantId: string;
  /** Hash of what is counted. Holds no text of a person. */
  readonly subject: string;
  readonly at: Date;
}

/** Recent password sign-ins by subject, counted for all workers. */
export interface PasswordTryStore {
  /**
   * Adds a try unless the subject has `max` tries after `since`. Returns whether it was added, and
   * the oldest try after `since`.
   */
  add(
    attempt: PasswordTry,
    limit: { readonly since: Date; readonly max: number },
  ): Promise<{ readonly accepted: boolean; readonly oldest: Date }>;
}

/** Leases let one worker at a time renew a connector. A lease ends by itself if its worker dies. */
export interface LeaseStore {
  /** Returns nothing if another lease has not expired at `now`. */
  take(connector: ConnectorKey, now: Date, until: Date): Promise<Stored<ConnectorKey> | undefined>;
  /** Succeeds if another worker has taken the lease over. */
  release(lease: Stored<ConnectorKey>): Promise<void>;
}

export interface TokenOptions {
  /** Uses no token that was issued more than seconds ago, for the one retry after a 401. */
  readonly fresh?: boolean;
  /**
   * Asks Entra in any case, also for an expired connection, and while sign-ins wait after a
   * failure.
   */
  readonly probe?: boolean;
  /** Throws if a renewal of the grant that is due was not stored, although a token was issued. */
  readonly mustRenew?: boolean;
  /**
   * Receives the results of sign-ins. They become the state of the connection by default. With a
   * recorder of its own a request stores nothing: a grant whose renewal is due is redeemed only.
   */
  readonly recorder?: SignInRecorder;
}

/** Receives the results of sign-ins with the stored credential of a connector. */
export interface SignInRecorder {
  /** Entra issued a token. */
  recordSignIn(used: Stored<Connector>): Promise<void>;
  /** A sign-in failed, or Azure did not accept its token. */
  recordFailure(used: Stored<Connector>, error: unknown): Promise<void>;
}

/** Access tokens of connectors for Azure Resource Manager. */
export interface AccessTokens {
  /**
   * A token that is valid for at least five more minutes, from a cache if possible. Call it per
   * page or step, never once per sync. Throws RefusedError with a sign-in error code if the
   * connection is not usable, UpstreamError or ThrottledError if Entra or Key Vault is not
   * available.
   */
  forResourceManager(connector: ConnectorKey, options?: TokenOptions): Promise<string>;
  /**
   * Call it if Azure rejected even a fresh token (401). A second request, which concerns no
   * resource, decides. True if Azure rejects the credential as a whole, which is recorded: the
   * connection expires. False if the rejection concerns only what was requested. Throws what
   * `forResourceManager` throws, and UpstreamError if Azure does not respond.
   */
  confirmRejection(connector: ConnectorKey, recorder?: SignInRecorder): Promise<boolean>;
}

/** Access tokens for callers that have read the connector already. */
export interface ConnectorAccessTokens extends AccessTokens {
  /** Like `forResourceManager`, without another read of the connector. */
  forConnector(connector: Stored<Connector>, options?: TokenOptions): Promise<string>;
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

/** Health of the app that customers consent to, as a sign-in in its own tenant shows it. */
export interface OwnAppHealth {
  /** Undefined if Entra could not be asked. */
  readonly works?: boolean;
  /** Entra's code of the failure. */
  readonly detail?: string;
}

export interface OwnAppCheck {
  /** A recent result, or a new one. Never throws. */
  check(): Promise<OwnAppHealth>;
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
