/**
 * Our own multi-tenant app. Tells its failures, which the operator repairs, from refusals of a
 * customer's credential: Entra uses the same error codes for both.
 */
import { TtlCache } from '../../concurrency/ttl-cache';
import type { OwnAppCheck, OwnAppHealth } from '../../credentials/ports';
import { NotFoundError, RefusedError } from '../../errors/app-error';
import { appErrorOf, entraCodeOf, signInErrorByCode } from '../../errors/classify-sign-in-error';
import type { SignInErrorCode } from '../../errors/sign-in-errors';
import type { Secret } from '../../secrets/secret';
import { resources } from './claims';
import { withMsalApp } from './msal';

export interface OwnAppOptions {
  readonly entraUrl: string;
  readonly clientId: string;
  /** Tenant that the app is registered in. */
  readonly tenantId: string;
  /** Reads the current secret. */
  readonly clientSecret: () => Promise<Secret>;
  readonly now: () => Date;
}

/** Codes that can only concern the registration of the app, in every tenant. */
const certain: ReadonlySet<string> = new Set<SignInErrorCode>([
  'client_secret_invalid',
  'client_secret_expired',
  'public_client_not_allowed',
  'public_client_with_secret',
]);
/** Codes of an app that is missing or disabled, in its own tenant or in the customer's alone. */
const uncertain: ReadonlySet<string> = new Set<SignInErrorCode>(['app_not_found', 'app_disabled']);
const ownAppFailed: SignInErrorCode = 'own_app_failed';
/** The secret is missing in Key Vault, or the setting of the tenant is wrong. */
const misconfigured: ReadonlySet<string> = new Set<SignInErrorCode>([
  ownAppFailed,
  'tenant_not_found',
]);
/** The app exists, but has no service principal in its own tenant, which it does not need. */
const withoutServicePrincipal = 'AADSTS7000229';

const secretMs = 15 * 60_000;
const checkMs = 30_000;
/** A refused secret is read again, unless another refusal made it so this recently. */
const reloadMs = 10_000;

export class OwnApp implements OwnAppCheck {
  private readonly secrets: TtlCache<Secret>;
  private readonly checks: TtlCache<OwnAppHealth>;
  private reloadedAtMs = -Infinity;

  constructor(private readonly options: OwnAppOptions) {
    this.secrets = new TtlCache(secretMs, 1, options.now);
    this.checks = new TtlCache(checkMs, 1, options.now);
  }

  get clientId(): string {
    return this.options.clientId;
  }

  /**
   * Runs a request with the secret of the app. Reads the secret again if it is refused, so that a
   * new one is used at once. A failure of the app is thrown as `own_app_failed`.
   */
  async withSecret<T>(request: (clientSecret: Secret) => Promise<T>): Promise<T> {
    const secret = await this.secret();
    try {
      return await request(secret);
    } catch (error) {
      const next = certain.has(codeOf(error)) ? await this.reload() : secret;
      if (next.reveal() === secret.reveal()) throw await this.explain(error);
      return request(next).catch(async (again: unknown) => {
        throw await this.explain(again);
      });
    }
  }

  /** The failure of a request that was sent as the app. */
  async explain(error: unknown): Promise<unknown> {
    const code = codeOf(error);
    if (certain.has(code)) return failureOf(error);
    if (!uncertain.has(code)) return error;
    // Only a request in the app's own tenant tells who removed it.
    const { works } = await this.check();
    return works === true
      ? appErrorOf(signInErrorByCode('app_removed_from_tenant'))
      : failureOf(error);
  }

  check(): Promise<OwnAppHealth> {
    return this.checks.getOrLoad('check', () => this.signInAtHome());
  }

  /** Requests a token for the app itself, which needs no permission. */
  private async signInAtHome(): Promise<OwnAppHealth> {
    const { entraUrl, clientId, tenantId } = this.options;
    const signIn = (clientSecret: Secret) =>
      withMsalApp(entraUrl, { clientId, clientSecret, tenant: tenantId }, (app) =>
        app.acquireTokenByClientCredential({ scopes: [`${resources.graph}/.default`] }),
      );
    try {
      const secret = await this.secret();
      await signIn(secret).catch(async (error: unknown) => {
        if (!certain.has(codeOf(error))) throw error;
        return signIn(await this.reload());
      });
      return { works: true };
    } catch (error) {
      const code = codeOf(error);
      const detail = entraCodeOf(error) ?? code;
      if (detail === withoutServicePrincipal) return { works: true };
      if (certain.has(code) || uncertain.has(code) || misconfigured.has(code))
        return { works: false, detail };
      // Entra recognized the app, or could not be asked.
      return error instanceof RefusedError ? { works: true } : { detail };
    }
  }

  private secret(): Promise<Secret> {
    return this.secrets.getOrLoad('secret', () => {
      return this.options.clientSecret().catch((error: unknown) => {
        // The operator removed it. Another failure of Key Vault passes by itself.
        throw error instanceof NotFoundError ? failureOf(error) : error;
      });
    });
  }

  private reload(): Promise<Secret> {
    const nowMs = this.options.now().getTime();
    if (nowMs - this.reloadedAtMs >= reloadMs) {
      this.reloadedAtMs = nowMs;
      this.secrets.delete('secret');
    }
    return this.secret();
  }
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : 'unknown';

function failureOf(error: unknown) {
  const row = signInErrorByCode(ownAppFailed);
  const code = entraCodeOf(error);
  return appErrorOf(
    code === undefined ? row : { ...row, message: `${row.message} Its error is ${code}.` },
  );
}
