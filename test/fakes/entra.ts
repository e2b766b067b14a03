/** Entra as the rooms see it: one app secret and one person are right, everything else is refused. */
import { refusal } from '../../functions/errors/classify-sign-in-error';
import type { AccessCheck, PasswordSignIn, TokenEndpoint } from '../../functions/connectors/ports';
import type { ClientApp, SignInResult } from '../../functions/credentials/sign-in-result';
import type { DeviceSignIn, SignIn } from '../../functions/oauth/ports';
import { Secret } from '../../functions/secrets/secret';
import { ada } from '../support/builders';

export const ourApp = '0f0e1d2c-0000-4000-8000-0000000000a2';
export const rightSecret = 'Abc~right-secret-of-the-app';

export const rightPassword = 'right-password-of-ada';

export interface FakeEntra extends TokenEndpoint, SignIn, PasswordSignIn, DeviceSignIn {
  /** How many tokens were asked for. */
  asked: number;
  /** Who is in the browser, and what Entra grants them. */
  signedIn: Partial<SignInResult>;
  /** What the next sign-ins with a password are refused with, by AADSTS number. */
  refusedWith: number | undefined;
  /** The app that a grant was last renewed with; nothing for ours. */
  renewedWith: ClientApp | undefined;
  /** What the person with the other device has done. */
  device: 'authorization_pending' | 'slow_down' | 'accepted' | 'declined';
}

export function fakeEntra(now: () => Date): FakeEntra {
  const access = (asked: number) => ({
    token: new Secret(`access-token-${asked}`),
    expiresAt: new Date(now().getTime() + 3_600_000),
  });
  const signInOfAda = (asked: number): SignInResult => ({
    ...access(asked),
    refreshToken: new Secret('refresh-token-0'),
    clientId: ourApp,
    tenantId: ada.tenantId,
    objectId: ada.objectId,
    displayName: ada.displayName,
    username: 'ada@contoso.example',
  });
  return {
    asked: 0,
    signedIn: {},
    refusedWith: undefined,
    renewedWith: undefined,
    device: 'authorization_pending',
    async withClientCredentials({ clientSecret }) {
      this.asked++;
      if (clientSecret.reveal() === rightSecret) return access(this.asked);
      throw refusal({ provider: 'entra', error: 'invalid_client', number: 7000215, traceId: 't1' });
    },
    async withRefreshToken(_tenantId, refreshToken, customerApp) {
      this.asked++;
      this.renewedWith = customerApp;
      if (refreshToken.reveal().startsWith('refresh-token'))
        return { ...access(this.asked), refreshToken: new Secret(`refresh-token-${this.asked}`) };
      throw refusal({ provider: 'entra', error: 'invalid_grant', number: 700082 });
    },
    async authorizeUrl({ tenant, state, nonce, codeChallenge, responseMode }) {
      const asked = new URLSearchParams({ state, nonce, codeChallenge, responseMode });
      return `https://login.example/${tenant}/oauth2/v2.0/authorize?${asked}`;
    },
    async redeem({ code }) {
      this.asked++;
      if (code !== 'right-code')
        throw refusal({ provider: 'entra', error: 'invalid_grant', number: 54005 });
      return { ...signInOfAda(this.asked), ...this.signedIn };
    },
    async withPassword({ app: { clientId }, password }) {
      this.asked++;
      const number = password.reveal() === rightPassword ? this.refusedWith : 50126;
      if (number) throw refusal({ provider: 'entra', error: 'invalid_grant', number });
      return { ...signInOfAda(this.asked), clientId, ...this.signedIn };
    },
    async begin(_tenant, clientId = ourApp) {
      this.asked++;
      return {
        clientId,
        deviceCode: new Secret('device-code-of-entra'),
        userCode: 'ABCDEFGH9',
        verificationUri: 'https://login.example/device',
        expiresInSeconds: 900,
        intervalInSeconds: 5,
      };
    },
    async poll({ clientId, deviceCode }) {
      this.asked++;
      if (deviceCode.reveal() !== 'device-code-of-entra' || this.device === 'declined')
        throw refusal({ provider: 'entra', error: 'authorization_declined' });
      return this.device === 'accepted'
        ? { ...signInOfAda(this.asked), clientId, ...this.signedIn }
        : this.device;
    },
  };
}

/** Sees a subscription, and every user but nobody. */
export const fakeAccessCheck = (overrides: Partial<AccessCheck> = {}): AccessCheck => ({
  assertSubscriptionAccess: async () => {},
  findUser: async (_token, user) => ({
    objectId: user,
    displayName: 'Ada Lovelace',
    username: 'ada@contoso.example',
  }),
  ...overrides,
});
