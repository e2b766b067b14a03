/** Tokens for connectors from Entra ID, through MSAL, which keeps the error codes that tell people what to do. */
import type { AuthenticationResult, ConfidentialClientApplication } from '@azure/msal-node';
import { z } from 'zod';
import { refusal } from '../../errors/classify-sign-in-error';
import type {
  AccessToken,
  AppCredentials,
  RenewedAccess,
  TokenEndpoint,
} from '../../connectors/ports';
import type { ClientApp, SignInResult } from '../../credentials/sign-in-result';
import type { AuthorizeRequest, SignIn } from '../../oauth/ports';
import { Secret } from '../../secrets/secret';
import { delegated, personFromClaims, resources } from './claims';
import { msalApp, refused } from './msal';
import { EntraUserSignIn } from './user-sign-in';

/** Consented to together with the rest; a token for it is taken with the refresh token when one is needed. */
const alsoConsented = [`${resources.graph}/User.Read`];

export interface EntraOptions {
  readonly entraUrl: string;
  /** Our own multi-tenant app. */
  readonly clientId: string;
  readonly clientSecret: () => Promise<Secret>;
  /** Ours alone; never taken from a request. */
  readonly redirectUri: string;
}

export class EntraTokenEndpoint implements TokenEndpoint, SignIn {
  private readonly users: EntraUserSignIn;

  constructor(private readonly options: EntraOptions) {
    this.users = new EntraUserSignIn(options);
  }

  async withClientCredentials(
    { tenantId, clientId, clientSecret }: AppCredentials,
    resource: keyof typeof resources,
  ): Promise<AccessToken> {
    const app = msalApp(this.options.entraUrl, { clientId, clientSecret, tenant: tenantId });
    const scopes = [`${resources[resource]}/.default`];
    return accessOf(await app.acquireTokenByClientCredential({ scopes }).catch(refused));
  }

  async withRefreshToken(
    tenantId: string,
    refreshToken: Secret,
    customerApp?: ClientApp,
  ): Promise<RenewedAccess> {
    if (customerApp) return this.users.withGrant(tenantId, customerApp, refreshToken);
    const app = await this.ourApp(tenantId);
    const result = await app
      .acquireTokenByRefreshToken({
        refreshToken: refreshToken.reveal(),
        scopes: delegated,
        forceCache: true,
      })
      .catch(refused);
    return { ...accessOf(result), refreshToken: refreshTokenIn(app) ?? refreshToken };
  }

  async authorizeUrl(request: AuthorizeRequest): Promise<string> {
    const app = await this.ourApp(request.tenant);
    const { state, nonce, codeChallenge, responseMode, loginHint, selectAccount } = request;
    return app
      .getAuthCodeUrl({
        scopes: delegated,
        extraScopesToConsent: alsoConsented,
        redirectUri: this.options.redirectUri,
        state,
        nonce,
        codeChallenge,
        codeChallengeMethod: 'S256',
        responseMode,
        ...(loginHint !== undefined && { loginHint }),
        ...(selectAccount && { prompt: 'select_account' }),
      })
      .catch(refused);
  }

  async redeem({
    tenant,
    code,
    codeVerifier,
    nonce,
  }: Parameters<SignIn['redeem']>[0]): Promise<SignInResult> {
    const app = await this.ourApp(tenant);
    const result = await app
      .acquireTokenByCode({
        code,
        codeVerifier,
        nonce,
        scopes: delegated,
        redirectUri: this.options.redirectUri,
      })
      .catch(refused);
    const refreshToken = refreshTokenIn(app);
    return {
      ...accessOf(result),
      ...personFromClaims(result.idTokenClaims),
      clientId: this.options.clientId,
      ...(refreshToken && { refreshToken }),
    };
  }

  private async ourApp(tenant: string): Promise<ConfidentialClientApplication> {
    const { entraUrl, clientId, clientSecret } = this.options;
    return msalApp(entraUrl, { clientId, clientSecret: await clientSecret(), tenant });
  }
}

function accessOf(result: AuthenticationResult | null): AccessToken {
  if (!result?.accessToken || !result.expiresOn)
    throw refusal({ provider: 'entra', error: 'no_access_token' });
  return { token: new Secret(result.accessToken), expiresAt: result.expiresOn };
}

const cache = z.object({
  RefreshToken: z.record(z.string(), z.object({ secret: z.string() })).default({}),
});

/** MSAL keeps refresh tokens to itself; the serialised cache of this one operation is the documented way to them. */
function refreshTokenIn(app: ConfidentialClientApplication): Secret | undefined {
  const { RefreshToken } = cache.parse(JSON.parse(app.getTokenCache().serialize()));
  const [token] = Object.values(RefreshToken);
  return token && new Secret(token.secret);
}
