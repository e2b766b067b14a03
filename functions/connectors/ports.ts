import type { Page, PageRequest } from '../storage/page';
import type { Stored } from '../storage/stored';
import type { Secret } from '../secrets/secret';
import type { Attempt } from '../credentials/connection-attempt';
import type { Connector } from './connector';
import type { ClientApp, SignInResult } from '../credentials/sign-in-result';
import type { SecretVersion } from '../secrets/secret-version';

/** Every method is told the tenant first; another tenant's connector does not exist. */
export interface ConnectorStore {
  get(tenantId: string, id: string): Promise<Stored<Connector> | undefined>;
  /** By id, which is newest first. The continuation is the id of the last connector before the page. */
  list(tenantId: string, page: PageRequest): Promise<Page<Stored<Connector>>>;
  /** Throws ConflictError when the id or the name (without case) is taken in this tenant. */
  create(connector: Connector): Promise<Stored<Connector>>;
  /**
   * Throws StaleError when someone replaced it since it was read, ConflictError when its new name is taken.
   * A connector that is being deleted gives its name free.
   */
  replace(connector: Stored<Connector>): Promise<Stored<Connector>>;
  /** Succeeds when there is nothing to delete. */
  delete(tenantId: string, id: string): Promise<void>;
  /** Tenants that ever had a connector: the way timers find everybody's connectors. */
  tenants(): AsyncIterable<string>;
}

/** Attempts to connect, of every method or of those a store was opened for. */
export interface ConnectionAttemptStore<A extends Attempt = Attempt> {
  get(tenantId: string, connectorId: string, id: string): Promise<Stored<A> | undefined>;
  /** Newest first, of every method. */
  list(tenantId: string, connectorId: string, page: PageRequest): Promise<Page<Stored<A>>>;
  /** Throws ConflictError when the id is taken. */
  create(attempt: A): Promise<Stored<A>>;
  /** Throws StaleError when someone replaced it since it was read: of ten at once, one succeeds. */
  replace(attempt: Stored<A>): Promise<Stored<A>>;
  /** Forgets all of a connector. Succeeds when there are none. */
  deleteConnector(tenantId: string, connectorId: string): Promise<void>;
  /** Forgets what began before that time, of all tenants. */
  deleteBefore(time: Date): Promise<void>;
}

/** Secrets of connectors, by name and version. What is secret about them is never listed or shown. */
export interface SecretStore {
  /** Stores a new version and gives its id. Throws UpstreamError or ThrottledError. */
  put(
    name: string,
    secret: Secret,
    about: { readonly contentType: string; readonly expiresAt?: Date },
  ): Promise<string>;
  /** Throws NotFoundError when that version is not there (deleted, disabled or never stored). */
  get(name: string, version?: string): Promise<Secret>;
  /** Makes a version unusable. Succeeds when there is none. */
  disable(name: string, version: string): Promise<void>;
  /** Deletes the secret with all its versions. Succeeds when there is none. */
  delete(name: string): Promise<void>;
  /** Names that begin so, of secrets that are not deleted. */
  names(prefix: string): AsyncIterable<string>;
  /** Every version of a name, in no order; none when there is no such secret. */
  versions(name: string): Promise<readonly SecretVersion[]>;
}

/** At most one worker at a time does something for a connector. One that dies holds its lease until it runs out. */
export interface LeaseStore {
  /** Nothing when somebody else holds a lease that has not run out by `now`. */
  take(connector: ConnectorKey, now: Date, until: Date): Promise<Stored<ConnectorKey> | undefined>;
  /** Succeeds when it has passed to somebody else. */
  release(lease: Stored<ConnectorKey>): Promise<void>;
}

export type ConnectorKey = Pick<Connector, 'tenantId' | 'id'>;

/** Bearer tokens for Azure Resource Manager in the name of a connector. */
export interface AccessTokens {
  /**
   * A token that is good for at least five more minutes, from memory when possible. Ask per page or step, never
   * once per sync. `fresh` passes over what is in memory: for the one retry after a 401.
   * Throws RefusedError (its code from the error taxonomy) when the connection is not usable, UpstreamError or
   * ThrottledError when Entra or Key Vault is not.
   */
  forResourceManager(
    tenantId: string,
    connectorId: string,
    options?: { readonly fresh?: boolean },
  ): Promise<string>;
  /** Azure refused even a fresh token: the connection is over. */
  noteRejection(tenantId: string, connectorId: string): Promise<void>;
}

/** Access to Azure that was just granted. */
export interface AccessToken {
  readonly token: Secret;
  readonly expiresAt: Date;
}

/** What a refresh token was exchanged for. Entra's old refresh token stays good; the new one is good for longer. */
export interface RenewedAccess extends AccessToken {
  readonly refreshToken: Secret;
}

export interface AppCredentials {
  readonly tenantId: string;
  readonly clientId: string;
  readonly clientSecret: Secret;
}

/** Entra's token endpoint. Every failure is thrown as the error taxonomy names it. */
export interface TokenEndpoint {
  /** The customer's app in its own name, for Resource Manager or to look something up in Graph. */
  withClientCredentials(
    app: AppCredentials,
    resource: 'resource-manager' | 'graph',
  ): Promise<AccessToken>;
  /** A user who signed in before, for Resource Manager: to our app with its secret, unless the app is named. */
  withRefreshToken(
    tenantId: string,
    refreshToken: Secret,
    customerApp?: ClientApp,
  ): Promise<RenewedAccess>;
}

/** Entra's sign-in with a password. Every failure is thrown as the error taxonomy names it. */
export interface PasswordSignIn {
  /** One request, never repeated: a wrong password counts towards a lock. */
  withPassword(asked: {
    readonly tenantId: string;
    readonly app: ClientApp;
    readonly username: string;
    readonly password: Secret;
  }): Promise<SignInResult>;
}

/** What a fresh token can reach; asked before anything is stored. */
export interface AccessCheck {
  /** Throws RefusedError (access_denied_arm) when the token sees no subscription at all. */
  assertSubscriptionAccess(token: Secret): Promise<void>;
  /** Undefined when the directory may not be read; throws RefusedError when there is no such user. */
  findUser(token: Secret, user: string): Promise<DirectoryUser | undefined>;
}

export interface DirectoryUser {
  readonly objectId: string;
  readonly displayName: string;
  readonly username: string;
}

/** What another room holds of a connector, and gives up when the connector is deleted. Both may be repeated. */
export interface ConnectorDependent {
  /** Asks whatever still writes for the connector to stop; true when nothing does any more. */
  stop?(tenantId: string, connectorId: string): Promise<boolean>;
  deleteConnector(tenantId: string, connectorId: string): Promise<void>;
}
