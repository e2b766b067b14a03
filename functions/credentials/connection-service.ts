/**
 * Connects a connector: verifies credentials, stores them, then makes the connector refer to them.
 * The old credentials stay in use until that last step and are disabled after it.
 */
import { connect, type VerifiedSignIn } from '../connectors/connection';
import type { Account, ConnectedWith, Connector } from '../connectors/connector';
import { connectorEvent } from '../connectors/connector-events';
import { ConflictError, RefusedError } from '../errors/app-error';
import { personOf, type Actor } from '../events/actor';
import type { Secret } from '../secrets/secret';
import type { Stored } from '../storage/stored';
import type { AllowedTenantsService } from './accounts/allowed-tenants-service';
import { signedInAccountOf } from './accounts/signed-in-account';
import { tenantIdOf } from './accounts/tenant-id';
import type { AccessCheck, AppCredentials, TenantDirectory, TokenEndpoint } from './ports';
import type { SecretRolloverService } from './secret-rollover-service';
import type { SignInResult } from './sign-in-result';

export interface ClientCredentials extends AppCredentials {
  /** Object id or user name of the user whose data is read. */
  readonly userId?: string | undefined;
  /** Declared by the Owner, because Entra does not return it. */
  readonly secretExpiresAt?: Date | undefined;
}

export interface GrantOptions {
  readonly connectedWith: Exclude<ConnectedWith, 'client_credentials'>;
  readonly allowAccountChange: boolean;
  /** Secret of the customer's own app, which every renewal needs. */
  readonly clientSecret?: Secret;
  /** When the person started the sign-in, if it took more than one request. */
  readonly startedAt?: string;
  /** The connection attempt that made the sign-in. */
  readonly attemptId?: string;
}

export class ConnectionService {
  constructor(
    private readonly rollovers: SecretRolloverService,
    private readonly tokenEndpoint: TokenEndpoint,
    private readonly accessCheck: AccessCheck,
    private readonly allowedTenants: Pick<AllowedTenantsService, 'assertAllowed'>,
    private readonly tenantDirectory: TenantDirectory,
    private readonly now: () => Date,
  ) {}

  /** Throws RefusedError for a tenant that is not allowed, before the secret is sent to Entra. */
  async connectWithClientCredentials(
    actor: Actor,
    read: Stored<Connector>,
    credentials: ClientCredentials,
    attemptId?: string,
  ): Promise<Stored<Connector>> {
    const account = await this.verify(actor, credentials);
    const { clientSecret, secretExpiresAt } = credentials;
    const secrets = await this.rollovers.store(read, {
      secret: { value: clientSecret, expiresAt: secretExpiresAt },
    });
    return this.activate(actor, read, {
      connectedWith: 'client_credentials',
      account,
      secrets,
      credentialOwner: personOf(actor),
      ...declaredExpiry(secretExpiresAt),
      attemptId,
    });
  }

  /**
   * `actor` started the sign-in. The person who signed in becomes the account. Throws RefusedError
   * for an account of a tenant that is not allowed.
   */
  async connectWithGrant(
    actor: Actor,
    read: Stored<Connector>,
    signIn: SignInResult,
    { connectedWith, allowAccountChange, clientSecret, startedAt, attemptId }: GrantOptions,
  ): Promise<Stored<Connector>> {
    const { token, refreshToken } = signIn;
    if (!refreshToken)
      throw new RefusedError(
        'offline_access_missing',
        'Microsoft did not allow a lasting connection. Sign in again and accept all requested permissions.',
      );
    const account = accountOf(signIn);
    await this.allowedTenants.assertAllowed(actor.tenantId, account.tenantId);
    if (!allowAccountChange) assertAccount(read, actor, account);
    await this.accessCheck.assertSubscriptionAccess(token);
    const secrets = await this.rollovers.store(read, {
      refreshToken,
      ...(clientSecret && { secret: { value: clientSecret } }),
    });
    const signedIn: VerifiedSignIn = {
      connectedWith,
      account,
      secrets,
      credentialOwner: personOf(actor),
      expiresAt: secrets.grant!.expiresAt!,
      expiresAtSource: 'refresh_token_sliding',
      startedAt,
      attemptId,
    };
    // Another sign-in may have connected another account meanwhile.
    return this.activate(actor, read, signedIn, (current) => {
      if (!allowAccountChange) assertAccount(current, actor, account);
    });
  }

  private async verify(actor: Actor, credentials: ClientCredentials): Promise<Account> {
    const { clientId, userId } = credentials;
    const tenantId = await tenantIdOf(this.tenantDirectory, credentials.tenantId);
    await this.allowedTenants.assertAllowed(actor.tenantId, tenantId);
    const app = { ...credentials, tenantId };
    const { token } = await this.tokenEndpoint.withClientCredentials(app, 'resource-manager');
    await this.accessCheck.assertSubscriptionAccess(token);
    if (userId === undefined) return { tenantId, clientId };
    const graph = await this.tokenEndpoint.withClientCredentials(app, 'graph');
    const user = await this.accessCheck.findUser(graph.token, userId);
    return { tenantId, clientId, userId, userVerified: user !== undefined, ...user };
  }

  private async activate(
    actor: Actor,
    read: Stored<Connector>,
    signIn: VerifiedSignIn,
    assertAllowed: (current: Connector) => void = () => undefined,
  ): Promise<Stored<Connector>> {
    const { connector } = await this.rollovers.activate(
      read,
      signIn.secrets,
      (current) => {
        assertAllowed(current);
        return connect(current, signIn, this.now());
      },
      (next, before) => [connectedEvent(before, next, actor)],
    );
    return connector;
  }
}

function connectedEvent({ connection }: Connector, next: Connector, actor: Actor) {
  const { connectedWith, account } = next;
  const type = connection.connectedAt === undefined ? 'connected' : 'reconnected';
  const { tenantId, objectId, username } = signedInAccountOf(account!);
  return connectorEvent(next, `connector.${type}`, actor, {
    connectedWith: connectedWith!,
    statusBefore: connection.state,
    accountTenantId: tenantId,
    accountClientId: account!.clientId,
    ...(objectId !== undefined && { accountObjectId: objectId }),
    ...(username !== undefined && { accountUsername: username }),
  });
}

export const declaredExpiry = (expiresAt: Date | undefined) =>
  expiresAt
    ? ({ expiresAt: expiresAt.toISOString(), expiresAtSource: 'user_declared' } as const)
    : ({ expiresAtSource: 'unknown' } as const);

const accountOf = ({ tenantId, clientId, objectId, displayName, username }: SignInResult) => ({
  tenantId,
  clientId,
  objectId,
  displayName,
  ...(username !== undefined && { username }),
});

/**
 * A browser may be signed in with any account. Unless the Owner allowed another one, the account
 * must be the previous one or, for a first connection, the account of the Owner.
 */
function assertAccount({ account }: Connector, actor: Actor, given: Account): void {
  const expected = account?.objectId === undefined ? actor : account;
  if (given.objectId !== expected.objectId || given.tenantId !== expected.tenantId)
    throw new ConflictError(
      'account_mismatch',
      'The sign-in used another account than expected. Sign in with the expected account, or start a sign-in that allows another account.',
    );
}
