/**
 * How a connector gets connected: credentials are proved first, then stored, then pointed to. The old ones stay in
 * use until that last step, and are disabled after it.
 */
import { ConflictError, RefusedError } from '../errors/app-error';
import type { EventLog } from '../events/ports';
import type { Secret } from '../secrets/secret';
import type { Stored } from '../storage/stored';
import { connect, type VerifiedSignIn } from '../connectors/connection';
import {
  personOf,
  type Account,
  type Actor,
  type ConnectedWith,
  type Connector,
} from '../connectors/connector';
import type { ConnectorService } from '../connectors/connector-service';
import { happened } from '../connectors/connector-events';
import type { AppCredentials, AccessCheck, TokenEndpoint } from '../connectors/ports';
import type { SecretRolloverService } from './secret-rollover-service';
import type { SignInResult } from './sign-in-result';

export interface ClientCredentials extends AppCredentials {
  /** The user whose data is wanted: object id or user name. */
  readonly userId?: string | undefined;
  /** As the Owner declares it; Entra does not tell. */
  readonly secretExpiresAt?: Date | undefined;
}

export interface GrantTerms {
  readonly connectedWith: Exclude<ConnectedWith, 'client_credentials'>;
  readonly allowAccountChange: boolean;
  /** Of the customer's own app, which is needed again with every renewal. */
  readonly clientSecret?: Secret;
}

export class ConnectionService {
  constructor(
    private readonly connectors: ConnectorService,
    private readonly secrets: SecretRolloverService,
    private readonly tokens: TokenEndpoint,
    private readonly azure: AccessCheck,
    private readonly now: () => Date,
    private readonly events: EventLog,
  ) {}

  async connectWithClientCredentials(
    actor: Actor,
    id: string,
    credentials: ClientCredentials,
  ): Promise<Stored<Connector>> {
    await this.connectors.get(actor.tenantId, id);
    const account = await this.prove(credentials);
    const { clientSecret, secretExpiresAt } = credentials;
    const secrets = await this.secrets.keep(id, {
      secret: { value: clientSecret, expiresAt: secretExpiresAt },
    });
    return this.activate(actor, id, {
      connectedWith: 'client_credentials',
      account,
      secrets,
      credentialOwner: personOf(actor),
      ...declaredExpiry(secretExpiresAt),
    });
  }

  /** The actor is who started the sign-in; who signed in is the account. */
  async connectWithGrant(
    actor: Actor,
    id: string,
    signedIn: SignInResult,
    { connectedWith, allowAccountChange, clientSecret }: GrantTerms,
  ): Promise<Stored<Connector>> {
    const before = await this.connectors.get(actor.tenantId, id);
    const { token, refreshToken } = signedIn;
    if (!refreshToken)
      throw new RefusedError(
        'offline_access_missing',
        'Microsoft did not allow a lasting connection. Sign in again and accept all that is asked.',
      );
    const account = accountOf(signedIn);
    if (!allowAccountChange) expectAccount(before, actor, account);
    await this.azure.assertSubscriptionAccess(token);
    const secrets = await this.secrets.keep(id, {
      refreshToken,
      ...(clientSecret && { secret: { value: clientSecret } }),
    });
    return this.activate(actor, id, {
      connectedWith,
      account,
      secrets,
      credentialOwner: personOf(actor),
      expiresAt: secrets.grant!.expiresAt!,
      expiresAtSource: 'refresh_token_sliding',
    });
  }

  private async prove(credentials: ClientCredentials): Promise<Account> {
    const { tenantId, clientId, userId } = credentials;
    const { token } = await this.tokens.withClientCredentials(credentials, 'resource-manager');
    await this.azure.assertSubscriptionAccess(token);
    if (userId === undefined) return { tenantId, clientId };
    const graph = await this.tokens.withClientCredentials(credentials, 'graph');
    const user = await this.azure.findUser(graph.token, userId);
    return { tenantId, clientId, userId, userVerified: user !== undefined, ...user };
  }

  private async activate(
    actor: Actor,
    id: string,
    proof: VerifiedSignIn,
  ): Promise<Stored<Connector>> {
    const target = { tenantId: actor.tenantId, id };
    const { before, connector } = await this.secrets.activate(target, proof.secrets, (current) =>
      connect(current, proof, this.now()),
    );
    const { connectedAt, state } = before.connection;
    const type = connectedAt === undefined ? 'connector.connected' : 'connector.reconnected';
    const data = { connectedWith: proof.connectedWith, statusBefore: state };
    await this.events.record(happened(connector, type, actor, data));
    return connector;
  }
}

/** A date is only as good as its source. */
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
 * A browser signs in whoever happens to be in it. So the account must be the one before, or at first the initiator's
 * own, unless the Owner said that it may be another.
 */
function expectAccount({ account }: Connector, actor: Actor, given: Account): void {
  const expected = account?.objectId === undefined ? actor : account;
  if (given.objectId !== expected.objectId || given.tenantId !== expected.tenantId)
    throw new ConflictError(
      'account_mismatch',
      'Another account signed in than the one expected. Repeat it with that account, or start a sign-in that allows another.',
    );
}
