/**
 * Bearer tokens in the name of connectors, from memory when possible: one entry per connector and secret version, so a
 * new credential is never answered with an old token. Requests for the same token wait for one answer.
 */
import { NotFoundError } from '../errors/app-error';
import { endsConnection, signInErrorByCode, appErrorOf } from '../errors/classify-sign-in-error';
import { isFailing } from '../connectors/connection';
import { grantContentType, grantExpiry } from '../secrets/secret-names';
import type { ConnectionStateService } from './connection-state-service';
import type { Connector, SecretRef } from '../connectors/connector';
import type { ConnectorService } from '../connectors/connector-service';
import { isRenewalDue } from './renewal-schedule';
import type {
  AccessToken,
  AccessTokens,
  SecretStore,
  LeaseStore,
  RenewedAccess,
  TokenEndpoint,
} from '../connectors/ports';
import type { ClientApp } from './sign-in-result';
import { usableSecret } from './usable-secret';

const marginInMs = 5 * 60_000;
const mostEntries = 1_000;
/** Far longer than a renewal takes with all its retries. */
const leaseInMs = 3 * 60_000;

export class AccessTokenService implements AccessTokens {
  /** In order of use, the least recent first. */
  private readonly kept = new Map<string, AccessToken>();
  private readonly asked = new Map<string, Promise<AccessToken>>();

  constructor(
    private readonly connectors: ConnectorService,
    private readonly states: ConnectionStateService,
    private readonly leases: LeaseStore,
    private readonly vault: SecretStore,
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
    const kept = fresh ? undefined : this.fromCache(key);
    const { token } =
      kept ?? (await this.requestOnce(key, connector).catch(this.retryIfReplaced(connector)));
    return token.reveal();
  }

  async noteRejection(tenantId: string, connectorId: string): Promise<void> {
    const connector = await this.connectors.get(tenantId, connectorId);
    await this.states.noteFailure(connector, appErrorOf(signInErrorByCode('token_rejected')));
  }

  /**
   * Before a connection is given up, what is stored is looked at once more: another worker may have replaced the
   * secret since the pointer to it was read.
   */
  private retryIfReplaced(read: Connector) {
    return async (error: unknown): Promise<AccessToken> => {
      if (!(error instanceof NotFoundError) && !endsConnection(error)) throw error;
      const current = await this.connectors.get(read.tenantId, read.id);
      const key = keyOf(current, this.now());
      if (key === keyOf(read, this.now())) return this.recordAndThrow(read, error);
      return this.requestOnce(key, current).catch((again: unknown) =>
        this.recordAndThrow(current, again),
      );
    };
  }

  private async recordAndThrow(used: Connector, error: unknown): Promise<never> {
    const gone = error instanceof NotFoundError;
    const failure = gone ? appErrorOf(signInErrorByCode('secret_missing')) : error;
    await this.states.noteFailure(used, failure);
    throw failure;
  }

  private fromCache(key: string): AccessToken | undefined {
    const kept = this.kept.get(key);
    if (!kept) return undefined;
    this.kept.delete(key);
    if (kept.expiresAt.getTime() - this.now().getTime() <= marginInMs) return undefined;
    this.kept.set(key, kept);
    return kept;
  }

  private requestOnce(key: string, connector: Connector): Promise<AccessToken> {
    const asking = this.asked.get(key);
    if (asking) return asking;
    const answer = this.ask(key, connector).finally(() => this.asked.delete(key));
    this.asked.set(key, answer);
    return answer;
  }

  private async ask(key: string, connector: Connector): Promise<AccessToken> {
    const access = await this.signIn(connector).catch(async (error: unknown) => {
      // What ends the connection is looked at again first, by whoever waits for it.
      if (!endsConnection(error)) await this.states.noteFailure(connector, error);
      throw error;
    });
    this.kept.set(key, access);
    if (this.kept.size > mostEntries) this.kept.delete(this.kept.keys().next().value!);
    if (isFailing(connector)) await this.states.noteSignIn(connector);
    return access;
  }

  private async signIn(connector: Connector): Promise<AccessToken> {
    if (isRenewalDue(connector, this.now())) return this.renew(connector);
    if (connector.secrets.grant) return this.redeem(connector, connector.secrets.grant);
    const { secrets, account } = connector;
    const { tenantId, clientId } = account!;
    const { name, version } = secrets.secret!;
    const clientSecret = await this.vault.get(name, version);
    return this.tokens.withClientCredentials(
      { tenantId, clientId, clientSecret },
      'resource-manager',
    );
  }

  /** One worker keeps the new grant. For the others the old one is still good, and nothing is kept. */
  private async renew(connector: Connector): Promise<AccessToken> {
    const now = this.now();
    const lease = await this.leases.take(connector, now, new Date(now.getTime() + leaseInMs));
    if (!lease) return this.redeem(connector, connector.secrets.grant!);
    try {
      // Whoever had the lease before may have done it.
      const current = await this.connectors.get(connector.tenantId, connector.id);
      const grant = current.secrets.grant ?? connector.secrets.grant!;
      const access = await this.redeem(current, grant);
      if (isRenewalDue(current, this.now()))
        await this.keepGrant(current, grant, access.refreshToken);
      return access;
    } finally {
      await this.leases.release(lease);
    }
  }

  private async redeem(connector: Connector, grant: SecretRef): Promise<RenewedAccess> {
    const [refreshToken, app] = await Promise.all([
      this.vault.get(grant.name, grant.version),
      this.clientAppOf(connector),
    ]);
    return this.tokens.withRefreshToken(connector.account!.tenantId, refreshToken, app);
  }

  /** The app that a grant was given to; nothing for ours where it proves itself with its own secret. */
  private async clientAppOf(connector: Connector): Promise<ClientApp | undefined> {
    if (connector.connectedWith === 'oauth') return undefined;
    const { secret } = connector.secrets;
    const { clientId } = connector.account!;
    if (!secret) return { clientId };
    return { clientId, clientSecret: await this.vault.get(secret.name, secret.version) };
  }

  /** Stored before it is used; another worker that was faster keeps its own, and ours is disabled. */
  private async keepGrant(
    connector: Connector,
    used: SecretRef,
    refreshToken: Parameters<SecretStore['put']>[1],
  ): Promise<void> {
    const expiresAt = grantExpiry(this.now());
    const about = { contentType: grantContentType, expiresAt };
    const version = await this.vault.put(used.name, refreshToken, about);
    const current = await this.states.noteRenewal(connector, {
      name: used.name,
      version,
      updatedAt: this.now().toISOString(),
      expiresAt: expiresAt.toISOString(),
    });
    await this.vault.disable(used.name, current?.version === version ? used.version : version);
  }
}

const keyOf = (connector: Connector, now: Date) =>
  `${connector.id}/${usableSecret(connector, now).version}`;
