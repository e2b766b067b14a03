/** Entra in memory: accepts one app secret and one person, refuses every other sign-in. */
import { toAppError } from '../../functions/errors/classify-sign-in-error';
import type {
  AccessCheck,
  OwnAppCheck,
  PasswordSignIn,
  TenantDirectory,
  TokenEndpoint,
} from '../../functions/credentials/ports';
import type { ClientApp, SignInResult } from '../../functions/credentials/sign-in-result';
import type { AuthorizationCodeFlow, DeviceFlow } from '../../functions/oauth/ports';
import { Secret } from '../../functions/secrets/secret';
import { owner, ownerOfOtherTenant } from '../support/builders';

export const ourApp = '0f0e1d2c-0000-4000-8000-0000000000a2';
export const rightSecret = 'Abc~right-secret-of-the-app';

export const rightPassword = 'right-password-of-ada';

export interface FakeEntra
  extends
    TokenEndpoint,
    AuthorizationCodeFlow,
    PasswordSignIn,
    DeviceFlow,
    TenantDirectory,
    OwnAppCheck {
  /** Number of requests to Entra. */
  requests: number;
  /** Overrides the person in the browser and the grant. */
  signedIn: Partial<SignInResult>;
  /** AADSTS number with which the right password is refused. */
  refusedWith: number | undefined;
  /** The app that redeemed the last grant. Undefined for our own. */
  renewedWith: ClientApp | undefined;
  /** State of the sign-in on the other device. */
  device: 'authorization_pending' | 'slow_down' | 'accepted' | 'declined';
}

const tenantsByDomain: Readonly<Record<string, string>> = {
  'contoso.example': owner.tenantId,
  'fabrikam.example': ownerOfOtherTenant.tenantId,
};

export function fakeEntra(now: () => Date): FakeEntra {
  const access = (request: number) => ({
    token: new Secret(`access-token-${request}`),
    expiresAt: new Date(now().getTime() + 3_600_000),
  });
  const ownerSignIn = (request: number): SignInResult => ({
    ...access(request),
    refreshToken: new Secret('refresh-token-0'),
    clientId: ourApp,
    tenantId: owner.tenantId,
    objectId: owner.objectId,
    displayName: owner.displayName,
    username: 'ada@contoso.example',
  });
  return {
    requests: 0,
    signedIn: {},
    refusedWith: undefined,
    renewedWith: undefined,
    device: 'authorization_pending',
    check: async () => ({ works: true }),
    async withClientCredentials({ clientSecret }) {
      this.requests++;
      if (clientSecret.reveal() === rightSecret) return access(this.requests);
      throw toAppError({
        provider: 'entra',
        error: 'invalid_client',
        number: 7000215,
        traceId: 't1',
      });
    },
    async withRefreshToken(_tenantId, refreshToken, customerApp) {
      this.requests++;
      this.renewedWith = customerApp;
      if (refreshToken.reveal().startsWith('refresh-token'))
        return {
          ...access(this.requests),
          refreshToken: new Secret(`refresh-token-${this.requests}`),
        };
      throw toAppError({ provider: 'entra', error: 'invalid_grant', number: 700082 });
    },
    async tenantIdOf(domain) {
      const tenantId = tenantsByDomain[domain];
      if (tenantId !== undefined) return tenantId;
      throw toAppError({ provider: 'entra', error: 'invalid_tenant', number: 90002 });
    },
    async authorizeUrl({ tenant, state, nonce, codeChallenge, responseMode }) {
      const parameters = new URLSearchParams({ state, nonce, codeChallenge, responseMode });
      return `https://login.example/${tenant}/oauth2/v2.0/authorize?${parameters}`;
    },
    async redeem({ code }) {
      this.requests++;
      if (code !== 'right-code')
        throw toAppError({ provider: 'entra', error: 'invalid_grant', number: 54005 });
      return { ...ownerSignIn(this.requests), ...this.signedIn };
    },
    async withPassword({ app: { clientId }, password }) {
      this.requests++;
      const number = password.reveal() === rightPassword ? this.refusedWith : 50126;
      if (number) throw toAppError({ provider: 'entra', error: 'invalid_grant', number });
      return { ...ownerSignIn(this.requests), clientId, ...this.signedIn };
    },
    async requestCode(_tenant, clientId = ourApp) {
      this.requests++;
      return {
        clientId,
        deviceCode: new Secret('device-code-of-entra'),
        userCode: 'ABCDEFGH9',
        verificationUri: 'https://login.example/device',
        lifetimeSeconds: 900,
        intervalSeconds: 5,
      };
    },
    async poll({ clientId, deviceCode }) {
      this.requests++;
      if (deviceCode.reveal() !== 'device-code-of-entra' || this.device === 'declined')
        throw toAppError({ provider: 'entra', error: 'authorization_declined' });
      return this.device === 'accepted'
        ? { ...ownerSignIn(this.requests), clientId, ...this.signedIn }
        : this.device;
    },
  };
}

/** Accepts every token and finds every user. */
export const fakeAccessCheck = (overrides: Partial<AccessCheck> = {}): AccessCheck => ({
  assertSubscriptionAccess: async () => {},
  findUser: async (_token, user) => ({
    objectId: user,
    displayName: 'Ada Lovelace',
    username: 'ada@contoso.example',
  }),
  ...overrides,
});
