/**
 * Sign-ins of people without a redirect: by password or device code, and the renewal of their
 * grants.
 */
import { z } from 'zod';
import { toAppError } from '../../errors/classify-sign-in-error';
import type { PasswordSignIn, RenewedAccess } from '../../credentials/ports';
import type { ClientApp, SignInResult } from '../../credentials/sign-in-result';
import type { DeviceFlow } from '../../oauth/ports';
import { Secret } from '../../secrets/secret';
import { requestScope, personFromClaims } from './claims';
import type { OwnApp } from './own-app';
import { sendForm, postForm, type FormFields, lifetimeSeconds } from './token-request';

const secret = z
  .string()
  .min(1)
  .transform((text) => new Secret(text));
const tokens = z.object({
  access_token: secret,
  expires_in: lifetimeSeconds,
  refresh_token: secret.optional(),
  id_token: z.string().optional(),
});
const deviceAuthorization = z.object({
  device_code: secret,
  user_code: z.string().min(1).max(100),
  verification_uri: z.url({ protocol: /^https?$/ }),
  expires_in: lifetimeSeconds,
  interval: z.coerce.number().positive().default(5),
});

/** RFC 8628 section 3.4. */
const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code';

export class EntraUserSignIn implements PasswordSignIn, DeviceFlow {
  constructor(
    private readonly options: {
      readonly entraUrl: string;
      /** Used as a public client by the device flow. */
      readonly ownApp: Pick<OwnApp, 'clientId' | 'explain'>;
    },
  ) {}

  async withPassword({
    tenantId,
    app,
    username,
    password,
  }: Parameters<PasswordSignIn['withPassword']>[0]): Promise<SignInResult> {
    const fields = { ...clientFields(app), grant_type: 'password', username, password };
    const response = await this.post(app, this.url(tenantId, 'token'), fields, tokens);
    return toSignInResult(app, response);
  }

  async withGrant(tenantId: string, app: ClientApp, refreshToken: Secret): Promise<RenewedAccess> {
    const fields = {
      ...clientFields(app),
      grant_type: 'refresh_token',
      refresh_token: refreshToken,
    };
    const response = await this.post(app, this.url(tenantId, 'token'), fields, tokens);
    return { ...accessOf(response), refreshToken: response.refresh_token ?? refreshToken };
  }

  async requestCode(tenant: string, clientId = this.options.ownApp.clientId) {
    const app = { clientId };
    const response = await this.post(
      app,
      this.url(tenant, 'devicecode'),
      clientFields(app),
      deviceAuthorization,
    );
    return {
      clientId,
      deviceCode: response.device_code,
      userCode: response.user_code,
      verificationUri: response.verification_uri,
      lifetimeSeconds: response.expires_in,
      intervalSeconds: response.interval,
    };
  }

  async poll({ tenant, clientId, deviceCode }: Parameters<DeviceFlow['poll']>[0]) {
    const fields = { client_id: clientId, grant_type: deviceGrant, device_code: deviceCode };
    const result = await sendForm(this.url(tenant, 'token'), fields, tokens);
    if ('response' in result) return toSignInResult({ clientId }, result.response);
    const { error } = result.failure;
    if (error === 'authorization_pending' || error === 'slow_down') return error;
    throw await this.explain({ clientId }, toAppError(result.failure));
  }

  private post<T>(
    app: ClientApp,
    url: string,
    fields: FormFields,
    schema: z.ZodType<T>,
  ): Promise<T> {
    return postForm(url, { ...fields, scope: requestScope }, schema).catch(
      async (error: unknown) => {
        throw await this.explain(app, error);
      },
    );
  }

  /** A failure of our own app is none of the customer's credential. */
  private async explain({ clientId }: ClientApp, error: unknown): Promise<unknown> {
    const { ownApp } = this.options;
    return clientId === ownApp.clientId ? ownApp.explain(error) : error;
  }

  private url(tenant: string, endpoint: 'token' | 'devicecode'): string {
    return `${this.options.entraUrl}/${encodeURIComponent(tenant)}/oauth2/v2.0/${endpoint}`;
  }
}

const clientFields = ({ clientId, clientSecret }: ClientApp) => ({
  client_id: clientId,
  client_secret: clientSecret,
});

const accessOf = ({ access_token, expires_in }: z.infer<typeof tokens>) => ({
  token: access_token,
  expiresAt: new Date(Date.now() + expires_in * 1_000),
});

function toSignInResult({ clientId }: ClientApp, response: z.infer<typeof tokens>): SignInResult {
  return {
    ...accessOf(response),
    ...personFromClaims(claimsOf(response.id_token)),
    clientId,
    ...(response.refresh_token && { refreshToken: response.refresh_token }),
  };
}

/**
 * Needs no signature check: it came from the token endpoint over TLS (OpenID Connect Core
 * section 3.1.3.7).
 */
function claimsOf(idToken = ''): unknown {
  const [, payload = ''] = idToken.split('.');
  try {
    return JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
  } catch {
    throw toAppError({ provider: 'entra', error: 'unreadable_response' });
  }
}
