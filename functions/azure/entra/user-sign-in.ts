/** People who sign in without a redirect: with a password, or with a code on another device. And their grants. */
import { z } from 'zod';
import { refusal } from '../../errors/classify-sign-in-error';
import type { PasswordSignIn, RenewedAccess } from '../../connectors/ports';
import type { ClientApp, SignInResult } from '../../credentials/sign-in-result';
import type { DeviceSignIn } from '../../oauth/ports';
import { Secret } from '../../secrets/secret';
import { accessRequest, personFromClaims } from './claims';
import { sendForm, postForm } from './token-request';

const secret = z
  .string()
  .min(1)
  .transform((text) => new Secret(text));
const tokens = z.object({
  access_token: secret,
  expires_in: z.coerce.number().positive(),
  refresh_token: secret.optional(),
  id_token: z.string().optional(),
});
const device = z.object({
  device_code: secret,
  user_code: z.string().min(1).max(100),
  verification_uri: z.url({ protocol: /^https?$/ }),
  expires_in: z.coerce.number().positive(),
  interval: z.coerce.number().positive().default(5),
});

/** RFC 8628 §3.4. */
const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code';

export class EntraUserSignIn implements PasswordSignIn, DeviceSignIn {
  constructor(
    private readonly options: {
      readonly entraUrl: string;
      /** Our own app, which is public where no secret can be kept from the one who signs in. */
      readonly clientId: string;
    },
  ) {}

  async withPassword({
    tenantId,
    app,
    username,
    password,
  }: Parameters<PasswordSignIn['withPassword']>[0]): Promise<SignInResult> {
    const fields = { ...clientFields(app), grant_type: 'password', username, password };
    const given = await postForm(
      this.url(tenantId, 'token'),
      { ...fields, scope: accessRequest },
      tokens,
    );
    return signedIn(app, given);
  }

  async withGrant(tenantId: string, app: ClientApp, refreshToken: Secret): Promise<RenewedAccess> {
    const fields = {
      ...clientFields(app),
      grant_type: 'refresh_token',
      refresh_token: refreshToken,
    };
    const given = await postForm(
      this.url(tenantId, 'token'),
      { ...fields, scope: accessRequest },
      tokens,
    );
    return { ...accessOf(given), refreshToken: given.refresh_token ?? refreshToken };
  }

  async begin(tenant: string, clientId = this.options.clientId) {
    const given = await postForm(
      this.url(tenant, 'devicecode'),
      { client_id: clientId, scope: accessRequest },
      device,
    );
    return {
      clientId,
      deviceCode: given.device_code,
      userCode: given.user_code,
      verificationUri: given.verification_uri,
      expiresInSeconds: given.expires_in,
      intervalInSeconds: given.interval,
    };
  }

  async poll({ tenant, clientId, deviceCode }: Parameters<DeviceSignIn['poll']>[0]) {
    const fields = { client_id: clientId, grant_type: deviceGrant, device_code: deviceCode };
    const answer = await sendForm(this.url(tenant, 'token'), fields, tokens);
    if ('given' in answer) return signedIn({ clientId }, answer.given);
    const { error } = answer.failure;
    if (error === 'authorization_pending' || error === 'slow_down') return error;
    throw refusal(answer.failure);
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

function signedIn({ clientId }: ClientApp, given: z.infer<typeof tokens>): SignInResult {
  return {
    ...accessOf(given),
    ...personFromClaims(claimsOf(given.id_token)),
    clientId,
    ...(given.refresh_token && { refreshToken: given.refresh_token }),
  };
}

/** Straight from the token endpoint over TLS, which vouches for it (OpenID Connect Core §3.1.3.7). */
function claimsOf(idToken = ''): unknown {
  const [, payload = ''] = idToken.split('.');
  try {
    return JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
  } catch {
    throw refusal({ provider: 'entra', error: 'unreadable_answer' });
  }
}
