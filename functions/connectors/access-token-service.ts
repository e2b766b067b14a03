/**
 * Bearer tokens in the name of connectors, from memory when possible: one entry per connector and secret version, so a
 * new credential is never answered with an old token. Requests for the same token wait for one answer.
 */
import { NotFoundError, RefusedError } from '../errors';
import { endsConnection, failureRow, refusalOf } from './classify';
import { renew } from './connection';
import { grantContentType, grantExpiry, type ConnectionService } from './connection-service';
import { statusOf, type Connector, type SecretRef } from './connector';
import type { ConnectorService } from './connector-service';
import type { AccessToken, AccessTokens, CredentialVault, TokenEndpoint } from './ports';
import type { ClientApp } from './sign-in';

const marginInMs = 5 * 60_000;
const mostEntries = 1_000;
/** A grant is written about once a day: old versions in the vault can never be deleted one by one. */
const grantRenewalInMs = 24 * 3_600_000;

export class AccessTokenService implements AccessTokens {
  /** In order of use, the least recent first. */
  private readonly kept = new Map<string, AccessToken>();
  private readonly asked = new Map<string, Promise<AccessToken>>();

  constructor(
    private readonly connectors: ConnectorService,
    private readonly connections: ConnectionService,
    private readonly vault: CredentialVault,
    private readonly tokens: TokenEndpoint,
    private readonly now: () => Date,
  ) {}

  async forResourceManager(
    tenantId: string,
    connectorId: string,
    { fresh = false }: { readonly fresh?: boolean } = {},
  ): Promise<string> {
    const connector = await this.connectors.get(tenantId, connectorId);
    const key = keyOf(connector, this.now());
    const kept = fresh ? undefined : this.fromMemory(key);
    const { token } =
      kept ?? (await this.askOnce(key, connector).catch(this.whenReplaced(connector)));
    return token.reveal();
  }

  /** The secret may have been replaced between reading the pointer and following it: looked at once more. */
  private whenReplaced(read: Connector) {
    return async (error: unknown): Promise<AccessToken> => {
      if (!(error instanceof NotFoundError)) throw error;
      const current = await this.connectors.get(read.tenantId, read.id);
      const key = keyOf(current, this.now());
      if (key === keyOf(read, this.now())) throw error;
      return this.askOnce(key, current);
    };
  }

  private fromMemory(key: string): AccessToken | undefined {
    const kept = this.kept.get(key);
    if (!kept) return undefined;
    this.kept.delete(key);
    if (kept.expiresAt.getTime() - this.now().getTime() <= marginInMs) return undefined;
    this.kept.set(key, kept);
    return kept;
  }

  private askOnce(key: string, connector: Connector): Promise<AccessToken> {
    const asking = this.asked.get(key);
    if (asking) return asking;
    const answer = this.ask(key, connector).finally(() => this.asked.delete(key));
    this.asked.set(key, answer);
    return answer;
  }

  private async ask(key: string, connector: Connector): Promise<AccessToken> {
    try {
      const access = await this.signIn(connector);
      this.kept.set(key, access);
      if (this.kept.size > mostEntries) this.kept.delete(this.kept.keys().next().value!);
      return access;
    } catch (error) {
      if (endsConnection(error)) await this.connections.noteRefusal(connector, error);
      throw error;
    }
  }

  private async signIn(connector: Connector): Promise<AccessToken> {
    const { secrets, account } = connector;
    const { tenantId, clientId } = account!;
    if (secrets.grant) {
      const { grant } = secrets;
      const [refreshToken, app] = await Promise.all([
        this.vault.get(grant.name, grant.version),
        this.grantedTo(connector),
      ]);
      const access = await this.tokens.withRefreshToken(tenantId, refreshToken, app);
      if (this.isDue(connector)) await this.keepGrant(connector, grant, access.refreshToken);
      return access;
    }
    const { name, version } = secrets.secret!;
    const clientSecret = await this.vault.get(name, version);
    return this.tokens.withClientCredentials(
      { tenantId, clientId, clientSecret },
      'resource-manager',
    );
  }

  /** The app that a grant was given to; nothing for ours where it proves itself with its own secret. */
  private async grantedTo(connector: Connector): Promise<ClientApp | undefined> {
    if (connector.connectedWith === 'oauth') return undefined;
    const { secret } = connector.secrets;
    const { clientId } = connector.account!;
    if (!secret) return { clientId };
    return { clientId, clientSecret: await this.vault.get(secret.name, secret.version) };
  }

  private isDue({ connection: { lastRefreshAt } }: Connector): boolean {
    return this.now().getTime() - Date.parse(lastRefreshAt ?? '1970') >= grantRenewalInMs;
  }

  /** Stored before it is used; another worker that was faster keeps its own, and ours is disabled. */
  private async keepGrant(
    { tenantId, id }: Connector,
    used: SecretRef,
    refreshToken: Parameters<CredentialVault['put']>[1],
  ): Promise<void> {
    const expiresAt = grantExpiry(this.now());
    const about = { contentType: grantContentType, expiresAt };
    const version = await this.vault.put(used.name, refreshToken, about);
    const next: SecretRef = {
      name: used.name,
      version,
      updatedAt: this.now().toISOString(),
      expiresAt: expiresAt.toISOString(),
    };
    const { secrets } = await this.connectors.change(tenantId, id, (connector) =>
      connector.secrets.grant?.version === used.version
        ? renew(connector, next, this.now())
        : connector,
    );
    const superseded = secrets.grant?.version === version ? used.version : version;
    await this.vault.disable(used.name, superseded);
  }
}

const keyOf = (connector: Connector, now: Date) =>
  `${connector.id}/${usable(connector, now).version}`;

/** The version of the secret to sign in with, or the reason why there is none. */
function usable(connector: Connector, now: Date): SecretRef {
  const { connection, secrets } = connector;
  const ref = secrets.grant ?? secrets.secret;
  const status = statusOf(connector, now);
  if (status === 'connected' && ref && connector.account) return ref;
  if (status === 'connection_expired' && connection.reason)
    throw new RefusedError(connection.reason.code, connection.reason.message, {
      ...(connection.reason.action && { action: connection.reason.action }),
    });
  throw refusalOf(failureRow(status === 'connection_expired' ? 'grant_expired' : 'grant_missing'));
}
