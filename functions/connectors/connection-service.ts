/**
 * How a connector gets connected: credentials are proved first, then stored, then pointed to. The old ones stay in
 * use until that last step, and are disabled after it.
 */
import { ConflictError, RefusedError } from '../errors';
import type { EventLog } from '../events/ports';
import type { Secret } from '../secret';
import type { Stored } from '../stored';
import { connect, type Proof } from './connection';
import {
  personOf,
  type Account,
  type Actor,
  type ConnectedWith,
  type Connector,
  type SecretRef,
} from './connector';
import type { ConnectorService } from './connector-service';
import { happened } from './happened';
import type {
  AppCredentials,
  AzureAccess,
  ConnectorStore,
  CredentialVault,
  TokenEndpoint,
} from './ports';
import type { SignedIn } from './sign-in';

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
    const secret = await this.keepSecret(id, clientSecret, [], secretExpiresAt);
    return this.pointTo(actor, id, {
      connectedWith: 'client_credentials',
      account,
      secrets: { secret },
      credentialOwner: personOf(actor),
      ...declaredExpiry(secretExpiresAt),
    });
  }

  /** The actor is who started the sign-in; who signed in is the account. */
  async connectWithGrant(
    actor: Actor,
    id: string,
    signedIn: SignedIn,
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
    await this.azure.expectSubscription(token);
    const expiresAt = grantExpiry(this.now());
    const grant = await this.keep(grantName(id), refreshToken, grantContentType, expiresAt);
    const secret = clientSecret && (await this.keepSecret(id, clientSecret, [grant]));
    return this.pointTo(actor, id, {
      connectedWith,
      account,
      secrets: { grant, ...(secret && { secret }) },
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

  /** Of several, all or none: what was stored before is disabled again when this one cannot be stored. */
  private async keepSecret(
    id: string,
    clientSecret: Secret,
    before: readonly SecretRef[],
    expiresAt?: Date,
  ): Promise<SecretRef> {
    try {
      const ref = await this.keep(secretName(id), clientSecret, 'text/plain', expiresAt);
      return { ...ref, hint: clientSecret.reveal().slice(0, hintLength) };
    } catch (error) {
      for (const { name, version } of before) await this.vault.disable(name, version);
      throw error;
    }
  }

  /** The switch. What loses, the old versions or the new one, is disabled, so that no orphan stays usable. */
  private async pointTo(actor: Actor, id: string, proof: Proof): Promise<Stored<Connector>> {
    const superseded: SecretRef[] = [];
    let before: Connector['connection'] | undefined;
    const apply = (connector: Connector) => {
      before = connector.connection;
      superseded.push(...refsOf(connector));
      return connect(connector, proof, this.now());
    };
    try {
      const connector = await this.connectors.change(actor.tenantId, id, apply);
      await this.disableAllBut(connector, superseded);
      await this.tell(connector, actor, before);
      return connector;
    } catch (error) {
      // A write can land although its answer was lost, so what is stored decides and not the failure.
      const stored = await this.store.get(actor.tenantId, id);
      await this.disableAllBut(stored, refsOf(proof));
      throw error;
    }
  }

  private tell(connector: Connector, actor: Actor, before?: Connector['connection']) {
    const type =
      before?.connectedAt === undefined ? 'connector.connected' : 'connector.reconnected';
    const data = {
      connectedWith: connector.connectedWith!,
      ...(before && { statusBefore: before.state }),
    };
    return this.events.record(happened(connector, type, actor, data));
  }

  private async disableAllBut(connector: Connector | undefined, refs: readonly SecretRef[]) {
    const inUse = new Set(connector && refsOf(connector).map(({ version }) => version));
    for (const { name, version } of refs)
      if (!inUse.has(version)) await this.vault.disable(name, version);
  }
}

/** A date is only as good as its source. */
const declaredExpiry = (expiresAt: Date | undefined) =>
  expiresAt
    ? ({ expiresAt: expiresAt.toISOString(), expiresAtSource: 'user_declared' } as const)
    : ({ expiresAtSource: 'unknown' } as const);

const accountOf = ({ tenantId, clientId, objectId, displayName, username }: SignedIn) => ({
  tenantId,
  clientId,
  objectId,
  displayName,
  ...(username !== undefined && { username }),
});

const refsOf = ({ secrets }: Pick<Connector, 'secrets'>): SecretRef[] =>
  [secrets.secret, secrets.grant].filter((ref) => ref !== undefined);

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
