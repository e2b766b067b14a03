/**
 * Tokens of our own app in the tenant of a customer, for work that no person's credential allows:
 * role assignments and lookups of principals. The app is there after an administrator's consent.
 */
import { ExpiringCache } from '../../concurrency/expiring-cache';
import { TtlCache } from '../../concurrency/ttl-cache';
import { UpstreamError } from '../../errors/app-error';
import { Secret } from '../../secrets/secret';
import { resources } from './claims';
import { withMsalApp } from './msal';
import type { OwnApp } from './own-app';

export interface AppTokenOptions {
  readonly entraUrl: string;
  readonly ownApp: OwnApp;
  readonly now: () => Date;
}

const maxTenants = 1_000;
/** Renewed this long before its end. */
const marginMs = 5 * 60_000;
/** Concurrent requests of a tenant share one token request. */
const sharedMs = 1_000;

interface AppToken {
  readonly token: Secret;
}

export class AppTokens {
  private readonly tokens: ExpiringCache<AppToken>;
  private readonly requests: TtlCache<AppToken>;

  constructor(private readonly options: AppTokenOptions) {
    this.tokens = new ExpiringCache(maxTenants, options.now);
    this.requests = new TtlCache(sharedMs, maxTenants, options.now);
  }

  /** Throws the errors of sign-ins, such as `own_app_failed` or `app_not_found`. */
  async get(resource: keyof typeof resources, tenantId: string): Promise<Secret> {
    const key = `${resource}|${tenantId}`;
    const cached =
      this.tokens.get(key) ??
      (await this.requests.getOrLoad(key, () => this.request(resource, tenantId)));
    return cached.token;
  }

  /** After a 401: a role or consent may have been given since the token was issued. */
  forget(resource: keyof typeof resources, tenantId: string): void {
    const key = `${resource}|${tenantId}`;
    this.tokens.set(key, { token: new Secret('') }, this.options.now());
    this.requests.delete(key);
  }

  private async request(resource: keyof typeof resources, tenant: string): Promise<AppToken> {
    const { entraUrl, ownApp, now } = this.options;
    const result = await ownApp.withSecret((clientSecret) =>
      withMsalApp(entraUrl, { clientId: ownApp.clientId, clientSecret, tenant }, (app) =>
        app.acquireTokenByClientCredential({ scopes: [`${resources[resource]}/.default`] }),
      ),
    );
    if (!result?.expiresOn)
      throw new UpstreamError('app_token_missing', 'Entra sent no token. Try again later.', true);
    const token = { token: new Secret(result.accessToken) };
    const expiresAt = new Date(result.expiresOn.getTime() - marginMs);
    if (expiresAt > now()) this.tokens.set(`${resource}|${tenant}`, token, expiresAt);
    return token;
  }
}
