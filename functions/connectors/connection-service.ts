/**
 * How a connector gets connected: credentials are proved first, then stored, then pointed to. The old ones stay in
 * use until that last step, and are disabled after it.
 */
import { ConflictError } from '../errors';
import type { Secret } from '../secret';
import type { Stored } from '../stored';
import { connect, type Proof } from './connection';
import { personOf, type Account, type Actor, type Connector, type SecretRef } from './connector';
import type { ConnectorService } from './connector-service';
import type {
  AppCredentials,
  AzureAccess,
  ConnectorStore,
  CredentialVault,
  TokenEndpoint,
} from './ports';

export interface ClientCredentials extends AppCredentials {
  /** The user whose data is wanted: object id or user name. */
  readonly userId?: string | undefined;
  /** As the Owner declares it; Entra does not tell. */
  readonly secretExpiresAt?: Date | undefined;
}

/** A sign-in that Entra has just vouched for. */
export interface Grant {
  readonly token: Secret;
  readonly refreshToken: Secret;
  readonly account: Account & { readonly objectId: string };
  readonly allowAccountChange: boolean;
}

/** Entra forgets a sign-in that is unused for so long. */
export const grantLifetimeInDays = 90;
const day = 86_400_000;
const hintLength = 3;

export const grantContentType = 'application/vnd.connectors.grant+json;v=1';
export const grantExpiry = (now: Date) => new Date(now.getTime() + grantLifetimeInDays * day);
export const grantName = (connectorId: string) => `cn-${connectorId}-grant`;
export const secretName = (connectorId: string) => `cn-${connectorId}-secret`;

export class ConnectionService {
  constructor(
    private readonly connectors: ConnectorService,
    private readonly store: Pick<ConnectorStore, 'get'>,
    private readonly vault: CredentialVault,
    private readonly tokens: TokenEndpoint,
    private readonly azure: AzureAccess,
    private readonly now: () => Date,
  ) {}

  async connectWithClientCredentials(
    actor: Actor,
    id: string,
    credentials: ClientCredentials,
  ): Promise<Stored<Connector>> {
    await this.connectors.get(actor.tenantId, id);
    const account = await this.prove(credentials);
    const { clientSecret, secretExpiresAt } = credentials;
    const secret = await this.keep(secretName(id), clientSecret, 'text/plain', secretExpiresAt);
    const hint = clientSecret.reveal().slice(0, hintLength);
    return this.pointTo(actor, id, {
      connectedWith: 'client_credentials',
      account,
      secrets: { secret: { ...secret, hint } },
      credentialOwner: personOf(actor),
      ...(secretExpiresAt
        ? { expiresAt: secretExpiresAt.toISOString(), expiresAtSource: 'user_declared' }
        : { expiresAtSource: 'unknown' }),
    });
  }

  /** The actor is who started the sign-in; who signed in is the account. */
  async connectWithGrant(actor: Actor, id: string, grant: Grant): Promise<Stored<Connector>> {
    const before = await this.connectors.get(actor.tenantId, id);
    expectAccount(before, actor, grant);
    await this.azure.expectSubscription(grant.token);
    const expiresAt = grantExpiry(this.now());
    const ref = await this.keep(grantName(id), grant.refreshToken, grantContentType, expiresAt);
    return this.pointTo(actor, id, {
      connectedWith: 'oauth',
      account: grant.account,
      secrets: { grant: ref },
      credentialOwner: personOf(actor),
      expiresAt: expiresAt.toISOString(),
      expiresAtSource: 'refresh_token_sliding',
    });
  }

  private async prove(credentials: ClientCredentials): Promise<Account> {
    const { tenantId, clientId, userId } = credentials;
    const { token } = await this.tokens.withClientCredentials(credentials, 'resource-manager');
    await this.azure.expectSubscription(token);
    if (userId === undefined) return { tenantId, clientId };
    const graph = await this.tokens.withClientCredentials(credentials, 'graph');
    const user = await this.azure.findUser(graph.token, userId);
    return { tenantId, clientId, userId, userVerified: user !== undefined, ...user };
  }

  private async keep(
    name: string,
    secret: Secret,
    contentType: string,
    expiresAt?: Date,
  ): Promise<SecretRef> {
    const about = { contentType, ...(expiresAt && { expiresAt }) };
    return {
      name,
      version: await this.vault.put(name, secret, about),
      updatedAt: this.now().toISOString(),
      ...(expiresAt && { expiresAt: expiresAt.toISOString() }),
    };
  }

  /** The switch. What loses, the old versions or the new one, is disabled, so that no orphan stays usable. */
  private async pointTo(actor: Actor, id: string, proof: Proof): Promise<Stored<Connector>> {
    const superseded: SecretRef[] = [];
    const apply = (connector: Connector) => {
      superseded.push(...refsOf(connector));
      return connect(connector, proof, this.now());
    };
    try {
      const connector = await this.connectors.change(actor.tenantId, id, apply);
      await this.disableAllBut(connector, superseded);
      return connector;
    } catch (error) {
      // A write can land although its answer was lost, so what is stored decides and not the failure.
      const stored = await this.store.get(actor.tenantId, id);
      await this.disableAllBut(stored, refsOf(proof));
      throw error;
    }
  }

  private async disableAllBut(connector: Connector | undefined, refs: readonly SecretRef[]) {
    const inUse = new Set(connector && refsOf(connector).map(({ version }) => version));
    for (const { name, version } of refs)
      if (!inUse.has(version)) await this.vault.disable(name, version);
  }
}

const refsOf = ({ secrets }: Pick<Connector, 'secrets'>): SecretRef[] =>
  [secrets.secret, secrets.grant].filter((ref) => ref !== undefined);

/**
 * A browser signs in whoever happens to be in it. So the account must be the one before, or at first the initiator's
 * own, unless the Owner said that it may be another.
 */
function expectAccount({ account }: Connector, actor: Actor, grant: Grant): void {
  const expected = account?.objectId === undefined ? actor : account;
  const same =
    grant.account.objectId === expected.objectId && grant.account.tenantId === expected.tenantId;
  if (!same && !grant.allowAccountChange)
    throw new ConflictError(
      'account_mismatch',
      'Another account signed in than the one expected. Repeat it with that account, or start a sign-in that allows another.',
    );
}
