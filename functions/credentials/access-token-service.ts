/**
 * Access tokens for connectors. The cache has one entry per connector and version of its
 * secret, so a token of an old credential is never used. Concurrent requests share one sign-in.
 */
import { ExpiringCache } from '../concurrency/expiring-cache';
import { isFailing } from '../connectors/connection';
import { connectorKeyOf, type Connector } from '../connectors/connector';
import type { ConnectorService } from '../connectors/connector-service';
import { TtlCache } from '../concurrency/ttl-cache';
import { NotFoundError, RefusedError } from '../errors/app-error';
import { appErrorOf, signInErrorByCode } from '../errors/classify-sign-in-error';
import type { SecretStore } from '../secrets/ports';
import { Secret } from '../secrets/secret';
import type { ConnectorKey } from '../storage/connector-key';
import type { Stored } from '../storage/stored';
import { currentConnection, type ConnectionStateService } from './connection-state-service';
import type { GrantRenewalService, IssuedToken } from './grant-renewal-service';
import type {
  AccessCheck,
  ConnectorAccessTokens,
  RenewedAccess,
  SignInRecorder,
  TokenEndpoint,
  TokenOptions,
} from './ports';
import { isRenewalDue } from './renewal-schedule';
import type { ClientApp } from './sign-in-result';
import { assertNotWaiting, usableSecret } from './usable-secret';

/** A cached token is valid for at least this long. */
const marginMs = 5 * 60_000;
const maxEntries = 1_000;
/**
 * Requests that Azure rejects together share one fresh token: Entra throttles a client that repeats
 * a request for each of them.
 */
const freshMs = 30_000;
/** Requests that Azure rejects together share one confirmation. */
const confirmationMs = 5_000;

interface CachedToken extends IssuedToken {
  readonly issuedAt: Date;
}

export class AccessTokenService implements ConnectorAccessTokens {
  private readonly cache: ExpiringCache<CachedToken>;
  private readonly confirmations: TtlCache<boolean>;
  private readonly pending = new Map<string, Promise<IssuedToken>>();

  constructor(
    private readonly connectors: Pick<ConnectorService, 'get'>,
    private readonly states: ConnectionStateService,
    private readonly renewals: Pick<GrantRenewalService, 'renew'>,
    private readonly secretStore: Pick<SecretStore, 'get'>,
    private readonly tokenEndpoint: TokenEndpoint,
    private readonly accessCheck: Pick<AccessCheck, 'assertSubscriptionAccess'>,
    private readonly now: () => Date,
  ) {
    this.cache = new ExpiringCache(maxEntries, now);
    this.confirmations = new TtlCache(confirmationMs, maxEntries, now);
  }

  async forResourceManager(key: ConnectorKey, options?: TokenOptions): Promise<string> {
    return this.forConnector(await this.connectors.get(key), options);
  }

  async forConnector(
    connector: Stored<Connector>,
    { fresh = false, probe = false, mustRenew = false, recorder = this.states }: TokenOptions = {},
  ): Promise<string> {
    const cacheKey = cacheKeyOf(connector, this.now(), probe);
    const cached = probe ? undefined : this.cached(cacheKey, fresh);
    if (!cached && !probe) assertNotWaiting(connector, this.now());
    const { token, renewalFailure } =
      cached ??
      (await this.requestOnce(cacheKey, connector, recorder).catch(
        this.retryIfReplaced(connector, recorder),
      ));
    if (mustRenew && renewalFailure) throw renewalFailure;
    return token.reveal();
  }

  private cached(cacheKey: string, fresh: boolean): CachedToken | undefined {
    const cached = this.cache.get(cacheKey);
    const isFresh = cached && this.now().getTime() - cached.issuedAt.getTime() < freshMs;
    return !fresh || isFresh ? cached : undefined;
  }

  async confirmRejection(
    key: ConnectorKey,
    recorder: SignInRecorder = this.states,
  ): Promise<boolean> {
    const connector = await this.connectors.get(key);
    const cacheKey = cacheKeyOf(connector, this.now());
    return this.confirmations.getOrLoad(cacheKey, () => this.isRejected(connector, recorder));
  }

  /** Sends a request that concerns the credential alone, with a token of its own. */
  private async isRejected(
    connector: Stored<Connector>,
    recorder: SignInRecorder,
  ): Promise<boolean> {
    const token = new Secret(await this.forConnector(connector, { fresh: true, recorder }));
    try {
      await this.accessCheck.assertSubscriptionAccess(token);
      return false;
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      if (!isTokenRejected(error)) return false;
      await recorder.recordFailure(await currentConnection(this.connectors, connector), error);
      return true;
    }
  }

  /**
   * Reads the connector again before a refusal counts: another worker may have replaced the secret
   * since the first read.
   */
  private retryIfReplaced(used: Stored<Connector>, recorder: SignInRecorder) {
    return async (error: unknown): Promise<IssuedToken> => {
      if (!mayBeReplaced(error)) throw error;
      const current = await this.connectors.get(connectorKeyOf(used));
      if (versionsOf(current) === versionsOf(used)) return recordAndThrow(recorder, current, error);
      const cacheKey = cacheKeyOf(current, this.now());
      return this.requestOnce(cacheKey, current, recorder).catch((again: unknown) =>
        mayBeReplaced(again) ? recordAndThrow(recorder, current, again) : Promise.reject(again),
      );
    };
  }

  private requestOnce(
    cacheKey: string,
    connector: Stored<Connector>,
    recorder: SignInRecorder,
  ): Promise<IssuedToken> {
    const pending = this.pending.get(cacheKey);
    if (pending) return pending;
    const request = this.request(cacheKey, connector, recorder).finally(() =>
      this.pending.delete(cacheKey),
    );
    this.pending.set(cacheKey, request);
    return request;
  }

  private async request(
    cacheKey: string,
    connector: Stored<Connector>,
    recorder: SignInRecorder,
  ): Promise<IssuedToken> {
    const access = await this.signIn(connector, recorder).catch(async (error: unknown) => {
      // Refusals are recorded by retryIfReplaced, after a second read.
      if (!mayBeReplaced(error)) await recorder.recordFailure(connector, error);
      throw error;
    });
    const issuedAt = this.now();
    this.cache.set(
      cacheKey,
      { ...access, issuedAt },
      new Date(access.expiresAt.getTime() - marginMs),
    );
    if (isFailing(connector)) await recorder.recordSignIn(connector);
    return access;
  }

  private async signIn(
    connector: Stored<Connector>,
    recorder: SignInRecorder,
  ): Promise<IssuedToken> {
    // Another recorder stores its results later, in one write that a renewal must not precede.
    if (recorder === this.states && isRenewalDue(connector, this.now()))
      return this.renewals.renew(connector, (current) => this.redeem(current));
    if (connector.secrets.grant) return this.redeem(connector);
    const { secrets, account } = connector;
    const { tenantId, clientId } = account!;
    const { name, version } = secrets.secret!;
    const clientSecret = await this.secretStore.get(name, version);
    return this.tokenEndpoint.withClientCredentials(
      { tenantId, clientId, clientSecret },
      'resource-manager',
    );
  }

  private async redeem(connector: Connector): Promise<RenewedAccess> {
    const grant = connector.secrets.grant!;
    const [refreshToken, app] = await Promise.all([
      this.secretStore.get(grant.name, grant.version),
      this.clientAppOf(connector),
    ]);
    return this.tokenEndpoint.withRefreshToken(connector.account!.tenantId, refreshToken, app);
  }

  /** The customer's app that received the grant. Undefined for our own app. */
  private async clientAppOf(connector: Connector): Promise<ClientApp | undefined> {
    if (connector.connectedWith === 'oauth') return undefined;
    const { secret } = connector.secrets;
    const { clientId } = connector.account!;
    if (!secret) return { clientId };
    return { clientId, clientSecret: await this.secretStore.get(secret.name, secret.version) };
  }
}

const cacheKeyOf = (connector: Connector, now: Date, probe = false) =>
  `${connector.id}/${usableSecret(connector, now, { probe }).version}`;

const versionsOf = ({ secrets: { grant, secret } }: Connector) =>
  `${grant?.version}/${secret?.version}`;

async function recordAndThrow(
  recorder: SignInRecorder,
  used: Stored<Connector>,
  error: unknown,
): Promise<never> {
  const isMissing = error instanceof NotFoundError;
  const failure = isMissing ? appErrorOf(signInErrorByCode('secret_missing')) : error;
  await recorder.recordFailure(used, failure);
  throw failure;
}

/** Whether the cause may be a secret that was replaced since the connector was read. */
const mayBeReplaced = (error: unknown) =>
  error instanceof NotFoundError || error instanceof RefusedError;

export const isTokenRejected = (error: unknown): error is RefusedError =>
  error instanceof RefusedError && error.code === 'token_rejected';
