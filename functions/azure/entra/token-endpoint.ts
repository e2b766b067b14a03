/**
 * TokenEndpoint and AuthorizationCodeFlow on Entra ID, through MSAL, which keeps Entra's error
 * codes.
 */
import type { AuthenticationResult, ConfidentialClientApplication } from '@azure/msal-node';
import { z } from 'zod';
import { toAppError } from '../../errors/classify-sign-in-error';
import type {
  AccessToken,
  AppCredentials,
  RenewedAccess,
  TokenEndpoint,
} from '../../credentials/ports';
import type { ClientApp, SignInResult } from '../../credentials/sign-in-result';
import type { AuthorizeRequest, AuthorizationCodeFlow } from '../../oauth/ports';
import { Secret } from '../../secrets/secret';
import { delegatedScopes, personFromClaims, resources } from './claims';
import { withMsalApp } from './msal';
import type { OwnApp } from './own-app';
import { EntraUserSignIn } from './user-sign-in';

/** Scopes that the person consents to in addition. The refresh token can redeem them later. */
const extraScopesToConsent = [`${resources.graph}/User.Read`];

export interface EntraOptions {
  readonly entraUrl: string;
  readonly ownApp: OwnApp;
  /** Our own callback, never taken from a request. */
  readonly redirectUri: string;
}

export class EntraTokenEndpoint implements TokenEndpoint, AuthorizationCodeFlow {
  private readonly userSignIn: EntraUserSignIn;

  constructor(private readonly options: EntraOptions) {
    this.userSignIn = new EntraUserSignIn(options);
  }

  async withClientCredentials(
    { tenantId, clientId, clientSecret }: AppCredentials,
    resource: keyof typeof resources,
  ): Promise<AccessToken> {
    const app = { clientId, clientSecret, tenant: tenantId };
    const scopes = [`${resources[resource]}/.default`];
    const result = await withMsalApp(this.options.entraUrl, app, (msal) =>
      msal.acquireTokenByClientCredential({ scopes }),
    );
    return accessOf(result);
  }

  async withRefreshToken(
    tenantId: string,
    refreshToken: Secret,
    customerApp?: ClientApp,
  ): Promise<RenewedAccess> {
    if (customerApp) return this.userSignIn.withGrant(tenantId, customerApp, refreshToken);
    return this.asOwnApp(tenantId, async (app) => {
      const result = await app.acquireTokenByRefreshToken({
        refreshToken: refreshToken.reveal(),
        scopes: delegatedScopes,
        forceCache: true,
      });
      return { ...accessOf(result), refreshToken: refreshTokenIn(app) ?? refreshToken };
    });
  }

  async authorizeUrl(request: AuthorizeRequest): Promise<string> {
    const { state, nonce, codeChallenge, responseMode, loginHint, selectAccount } = request;
    return this.asOwnApp(request.tenant, (app) =>
      app.getAuthCodeUrl({
        scopes: delegatedScopes,
        extraScopesToConsent,
        redirectUri: this.options.redirectUri,
        state,
        nonce,
        codeChallenge,
        codeChallengeMethod: 'S256',
        responseMode,
        ...(loginHint !== undefined && { loginHint }),
        ...(selectAccount && { prompt: 'select_account' }),
      }),
    );
  }

  async redeem({
    tenant,
    code,
    codeVerifier,
    nonce,
  }: Parameters<AuthorizationCodeFlow['redeem']>[0]): Promise<SignInResult> {
    return this.asOwnApp(tenant, async (app) => {
      const result = await app.acquireTokenByCode({
        code,
        codeVerifier,
        nonce,
        scopes: delegatedScopes,
        redirectUri: this.options.redirectUri,
      });
      const refreshToken = refreshTokenIn(app);
      return {
        ...accessOf(result),
        ...personFromClaims(result.idTokenClaims),
        clientId: this.options.ownApp.clientId,
        ...(refreshToken && { refreshToken }),
      };
    });
  }

  private asOwnApp<T>(
    tenant: string,
    request: (app: ConfidentialClientApplication) => Promise<T>,
  ): Promise<T> {
    const { entraUrl, ownApp } = this.options;
    const { clientId } = ownApp;
    return ownApp.withSecret((clientSecret) =>
      withMsalApp(entraUrl, { clientId, clientSecret, tenant }, request),
    );
  }
}

function accessOf(result: AuthenticationResult | null): AccessToken {
  if (!result?.accessToken || !result.expiresOn)
    throw toAppError({ provider: 'entra', error: 'no_access_token' });
  return { token: new Secret(result.accessToken), expiresAt: result.expiresOn };
}

const tokenCache = z.object({
  RefreshToken: z.record(z.string(), z.object({ secret: z.string() })).default({}),
});

/**
 * MSAL returns no refresh tokens. Its serialized cache, which holds this operation alone, has them.
 */
function refreshTokenIn(app: ConfidentialClientApplication): Secret | undefined {
  const { RefreshToken } = tokenCache.parse(JSON.parse(app.getTokenCache().serialize()));
  const [token] = Object.values(RefreshToken);
  return token && new Secret(token.secret);
}
