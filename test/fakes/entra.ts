/** Entra as the rooms see it: one app secret and one person are right, everything else is refused. */
import { refusal } from '../../functions/connectors/classify';
import type { AzureAccess, TokenEndpoint } from '../../functions/connectors/ports';
import type { SignedIn } from '../../functions/connectors/sign-in';
import type { SignIn } from '../../functions/oauth/ports';
import { Secret } from '../../functions/secret';
import { ada } from '../support/builders';

export const rightSecret = 'Abc~right-secret-of-the-app';

export interface FakeEntra extends TokenEndpoint, SignIn {
  /** How many tokens were asked for. */
  asked: number;
  /** Who is in the browser, and what Entra grants them. */
  signedIn: Partial<SignedIn>;
}

export function fakeEntra(now: () => Date): FakeEntra {
  const access = (asked: number) => ({
    token: new Secret(`access-token-${asked}`),
    expiresAt: new Date(now().getTime() + 3_600_000),
  });
  return {
    asked: 0,
    signedIn: {},
    async withClientCredentials({ clientSecret }) {
      this.asked++;
      if (clientSecret.reveal() === rightSecret) return access(this.asked);
      throw refusal({ provider: 'entra', error: 'invalid_client', number: 7000215, traceId: 't1' });
    },
    async withRefreshToken(_tenantId, refreshToken) {
      this.asked++;
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
      return {
        ...access(this.asked),
        refreshToken: new Secret('refresh-token-0'),
        clientId: '0f0e1d2c-0000-4000-8000-0000000000a2',
        tenantId: ada.tenantId,
        objectId: ada.objectId,
        displayName: ada.displayName,
        username: 'ada@contoso.example',
        ...this.signedIn,
      };
    },
  };
}

/** Sees a subscription, and every user but nobody. */
export const fakeAzureAccess = (overrides: Partial<AzureAccess> = {}): AzureAccess => ({
  expectSubscription: async () => {},
  findUser: async (_token, user) => ({
    objectId: user,
    displayName: 'Ada Lovelace',
    username: 'ada@contoso.example',
  }),
  ...overrides,
});
