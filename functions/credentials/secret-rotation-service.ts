/** A client secret replaced by the next one while everything goes on: proved first, switched second, disabled last. */
import type { EventLog } from '../events/ports';
import { ConflictError, StaleError } from '../errors/app-error';
import type { Secret } from '../secrets/secret';
import type { Stored } from '../storage/stored';
import { connect } from '../connectors/connection';
import { declaredExpiry } from './connection-service';
import type { Account, Actor, Connector } from '../connectors/connector';
import type { ConnectorService } from '../connectors/connector-service';
import { happened } from '../connectors/connector-events';
import type { AccessCheck, SecretStore, TokenEndpoint } from '../connectors/ports';
import type { SecretRolloverService } from './secret-rollover-service';

export class SecretRotationService {
  constructor(
    private readonly connectors: Pick<ConnectorService, 'get'>,
    private readonly secrets: SecretRolloverService,
    private readonly vault: Pick<SecretStore, 'get'>,
    private readonly tokens: TokenEndpoint,
    private readonly azure: Pick<AccessCheck, 'assertSubscriptionAccess'>,
    private readonly now: () => Date,
    private readonly events: EventLog,
  ) {}

  /** Somebody who rotates or reconnects at the same time and is faster wins; the other one is told. */
  async rotate(
    actor: Actor,
    id: string,
    clientSecret: Secret,
    secretExpiresAt?: Date,
  ): Promise<Stored<Connector>> {
    const read = await this.connectors.get(actor.tenantId, id);
    const { account, connectedWith } = read;
    const old = read.secrets.secret;
    if (!old || !account || !connectedWith)
      throw new ConflictError(
        'client_secret_missing',
        'The connector has no client secret to replace.',
      );
    await this.azure.assertSubscriptionAccess(await this.prove(read, account, clientSecret));

    const { secret } = await this.secrets.keep(id, {
      secret: { value: clientSecret, expiresAt: secretExpiresAt },
    });
    const target = { tenantId: actor.tenantId, id };
    const { connector } = await this.secrets.activate(target, { secret: secret! }, (current) => {
      if (current.secrets.secret?.version !== old.version) throw overtaken();
      const { grant } = current.secrets;
      const proof = {
        connectedWith,
        account,
        secrets: { secret: secret!, ...(grant && { grant }) },
        credentialOwner: current.credentialOwner,
        ...(grant ? expiryOf(current) : declaredExpiry(secretExpiresAt)),
      };
      return connect(current, proof, this.now());
    });
    await this.events.record(happened(connector, 'credentials.rotated', actor, { connectedWith }));
    return connector;
  }

  /** The new secret with what it is needed for: the app's own token, or the renewal of a person's grant. */
  private async prove(
    { secrets: { grant } }: Connector,
    { tenantId, clientId }: Account,
    clientSecret: Secret,
  ): Promise<Secret> {
    const app = { tenantId, clientId, clientSecret };
    const access = grant
      ? await this.tokens.withRefreshToken(
          tenantId,
          await this.vault.get(grant.name, grant.version),
          app,
        )
      : await this.tokens.withClientCredentials(app, 'resource-manager');
    return access.token;
  }
}

/** A grant's own date, which the secret does not move. */
const expiryOf = ({ connection: { expiresAt, expiresAtSource = 'unknown' } }: Connector) => ({
  expiresAtSource,
  ...(expiresAt !== undefined && { expiresAt }),
});

const overtaken = () =>
  new StaleError(
    'credential_changed',
    'The credential was replaced by somebody else in the meantime. Read the connector again.',
  );
