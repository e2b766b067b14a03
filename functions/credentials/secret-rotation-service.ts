/** Replaces the client secret of a connection that stays in use: verify, activate, disable. */
import { connect } from '../connectors/connection';
import type { Account, Connector } from '../connectors/connector';
import { connectorEvent } from '../connectors/connector-events';
import { ConflictError, StaleError } from '../errors/app-error';
import type { Actor } from '../events/actor';
import type { Secret } from '../secrets/secret';
import type { SecretStore } from '../secrets/ports';
import type { Stored } from '../storage/stored';
import { declaredExpiry } from './connection-service';
import type { AccessCheck, TokenEndpoint } from './ports';
import type { SecretRolloverService } from './secret-rollover-service';

export interface Rotation {
  readonly clientSecret: Secret;
  readonly secretExpiresAt?: Date | undefined;
  readonly attemptId?: string;
}

export class SecretRotationService {
  constructor(
    private readonly rollovers: SecretRolloverService,
    private readonly secretStore: Pick<SecretStore, 'get'>,
    private readonly tokenEndpoint: TokenEndpoint,
    private readonly accessCheck: Pick<AccessCheck, 'assertSubscriptionAccess'>,
    private readonly now: () => Date,
  ) {}

  /** Throws StaleError if the credential was replaced by another request meanwhile. */
  async rotate(
    actor: Actor,
    read: Stored<Connector>,
    { clientSecret, secretExpiresAt, attemptId }: Rotation,
  ): Promise<Stored<Connector>> {
    const { account, connectedWith } = read;
    const old = read.secrets.secret;
    if (!old || !account || !connectedWith)
      throw new ConflictError(
        'client_secret_missing',
        'The connector has no client secret to replace. Connect it with client credentials.',
      );
    const token = await this.requestToken(read, account, clientSecret);
    await this.accessCheck.assertSubscriptionAccess(token);

    const { secret } = await this.rollovers.store(read, {
      secret: { value: clientSecret, expiresAt: secretExpiresAt },
    });
    const activate = (current: Connector) => {
      if (current.secrets.secret?.version !== old.version) throw credentialChanged();
      const { grant } = current.secrets;
      const signIn = {
        connectedWith,
        account,
        secrets: { secret: secret!, ...(grant && { grant }) },
        credentialOwner: current.credentialOwner,
        attemptId,
        ...(grant ? expiryOf(current) : declaredExpiry(secretExpiresAt)),
      };
      return connect(current, signIn, this.now());
    };
    const { connector } = await this.rollovers.activate(
      read,
      { secret: secret! },
      activate,
      (next) => [connectorEvent(next, 'credentials.rotated', actor, { connectedWith })],
    );
    return connector;
  }

  /**
   * Uses the new secret as the connection does: for the app's own token, or to redeem the grant.
   */
  private async requestToken(
    { secrets: { grant } }: Connector,
    { tenantId, clientId }: Account,
    clientSecret: Secret,
  ): Promise<Secret> {
    const app = { tenantId, clientId, clientSecret };
    if (!grant)
      return (await this.tokenEndpoint.withClientCredentials(app, 'resource-manager')).token;
    const refreshToken = await this.secretStore.get(grant.name, grant.version);
    return (await this.tokenEndpoint.withRefreshToken(tenantId, refreshToken, app)).token;
  }
}

/** The expiry of the grant, which a new client secret does not change. */
const expiryOf = ({ connection: { expiresAt, expiresAtSource = 'unknown' } }: Connector) => ({
  expiresAtSource,
  ...(expiresAt !== undefined && { expiresAt }),
});

const credentialChanged = () =>
  new StaleError(
    'credential_changed',
    'Another request replaced the credential meanwhile. Read the connector again.',
  );
