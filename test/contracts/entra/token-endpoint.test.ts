/** Our way to Entra, through MSAL, on the Entra stand-in: what succeeds, and what every row of the taxonomy becomes. */
import { createHash } from 'node:crypto';
import { decodeJwt } from 'jose';
import { EntraAccessCheck } from '../../../functions/azure/entra/access-check';
import { EntraTokenEndpoint } from '../../../functions/azure/entra/token-endpoint';
import { signInErrors } from '../../../functions/errors/sign-in-errors';
import { Secret } from '../../../functions/secrets/secret';
import { startEntra, type Entra } from '../../../infra/local/entra/entra';
import {
  startResourceManager,
  type ResourceManager,
} from '../../../infra/local/resource-manager/resource-manager';
import { join } from 'node:path';
import {
  callback,
  contoso,
  contosoApp,
  oauthApp,
  person,
  signIn,
} from '../../support/entra-browser';
import { testEmulatorContext, type TestEmulatorContext } from '../../support/emulator-context';

let surroundings: TestEmulatorContext;
let entra: Entra;
let resourceManager: ResourceManager;
let endpoint: EntraTokenEndpoint;
let azure: EntraAccessCheck;
beforeAll(async () => {
  surroundings = await testEmulatorContext();
  entra = await startEntra(surroundings);
  resourceManager = await startResourceManager(surroundings, {
    verify: entra.verify,
    factories: [],
    sampleFactories: join(__dirname, '../../../infra/local/seed/factories'),
    latencyMs: 0,
  });
  endpoint = new EntraTokenEndpoint({
    entraUrl: entra.url,
    clientId: oauthApp,
    clientSecret: async () => new Secret(entra.registry.sample().oauthClientSecret),
    redirectUri: callback,
  });
  azure = new EntraAccessCheck({
    resourceManagerUrl: resourceManager.url,
    graphUrl: entra.graphUrl,
  });
}, 30_000);
afterAll(async () => {
  await resourceManager.stop();
  await entra.stop();
  await surroundings.remove();
});
afterEach(() => {
  surroundings.faults.clear();
  entra.registry.clearFailures();
});

const app = (secret = entra.registry.sample().clientSecret) => ({
  tenantId: contoso.tenantId,
  clientId: contosoApp,
  clientSecret: new Secret(secret),
});
const codeChallengeOf = (verifier: string) =>
  createHash('sha256').update(verifier).digest('base64url');

/** A person goes through the pages; what their browser brings back. */
async function signedIn(name: 'ada' | 'grace' = 'ada') {
  const request = { tenant: contoso.tenantId, state: 'a-state', nonce: 'a-nonce' };
  const url = await endpoint.authorizeUrl({
    ...request,
    codeChallenge: codeChallengeOf('v'.repeat(43)),
    responseMode: 'query',
  });
  const { location } = await signIn(entra, url, name);
  const code = location!.searchParams.get('code')!;
  return {
    url: new URL(url),
    redeem: (codeVerifier = 'v'.repeat(43), nonce = 'a-nonce') =>
      endpoint.redeem({ tenant: contoso.tenantId, code, codeVerifier, nonce }),
  };
}

describe('client credentials', () => {
  it('given the right secret, when a token is asked for, then it is one for Resource Manager or Graph', async () => {
    const tokens = [
      await endpoint.withClientCredentials(app(), 'resource-manager'),
      await endpoint.withClientCredentials(app(), 'graph'),
    ];

    expect(tokens.map(({ token }) => decodeJwt(token.reveal()).aud)).toEqual([
      'https://management.azure.com',
      'https://graph.microsoft.com',
    ]);
    expect(tokens[0]!.expiresAt.getTime()).toBeGreaterThan(Date.now() + 3_000_000);
  });

  it.each([
    ['a wrong secret', () => app('wrong'), 'client_secret_invalid'],
    ['an unknown app', () => ({ ...app(), clientId: contoso.tenantId }), 'app_not_found'],
    ['an unknown tenant', () => ({ ...app(), tenantId: 'nobody.example' }), 'tenant_not_found'],
  ])('given %s, when a token is asked for, then it says so', async (_, given, code) => {
    const asking = endpoint.withClientCredentials(given(), 'resource-manager');

    await expect(asking).rejects.toMatchObject({ kind: 'refused', code });
  });

  it('given a refusal, when it is caught, then number and trace are there and the secret is not', async () => {
    const error = await endpoint
      .withClientCredentials(app('a-canary-secret'), 'resource-manager')
      .catch((caught: Error) => caught);

    expect(error).toMatchObject({
      details: { upstream: { code: 'AADSTS7000215', traceId: expect.stringMatching(/^[\w-]{36}$/) } },
    });
    expect(JSON.stringify(error) + String((error as Error).stack)).not.toContain('canary');
  });
});

describe('every number of the taxonomy', () => {
  const numbered = signInErrors.flatMap(({ code, numbers }) =>
    numbers.map((number) => [number, code] as const),
  );
  it.each(numbered)(
    'given AADSTS%d from Entra, when a token is asked for, then it is %s',
    async (number, code) => {
      entra.registry.failNext({ code: number });

      const asking = endpoint.withClientCredentials(app(), 'resource-manager');

      await expect(asking).rejects.toMatchObject({ code });
    },
  );
});

describe('an Entra that is out of order', () => {
  it.each([
    [
      'throttles',
      { kind: 'status', status: 429, retryAfterSeconds: 7 },
      { kind: 'throttled', code: 'idp_throttled' },
    ],
    ['fails', { kind: 'status', status: 503 }, { kind: 'upstream', code: 'idp_unavailable' }],
    ['hangs up', { kind: 'reset' }, { kind: 'upstream', code: 'idp_unavailable' }],
    ['answers half', { kind: 'truncate' }, { kind: 'upstream', code: 'idp_unavailable' }],
  ] as const)(
    'given one that %s, when a token is asked for, then that may pass',
    async (_, fault, failure) => {
      surroundings.faults.add({
        service: 'entra',
        path: 'token',
        rate: 1,
        seed: 1,
        delayMs: 0,
        status: 503,
        ...fault,
      });

      const asking = endpoint.withClientCredentials(app(), 'resource-manager');

      await expect(asking).rejects.toMatchObject({ ...failure, retryable: true });
    },
  );

  it('given a failure that is over, when a token is asked for again, then MSAL does not hold it against us', async () => {
    surroundings.faults.add({
      service: 'entra',
      path: 'token',
      rate: 1,
      seed: 1,
      delayMs: 0,
      kind: 'status',
      status: 503,
    });
    await endpoint.withClientCredentials(app(), 'resource-manager').catch(() => undefined);
    surroundings.faults.clear();

    const asking = endpoint.withClientCredentials(app(), 'resource-manager');

    await expect(asking).resolves.toBeDefined();
  });
});

describe('the authorization code', () => {
  it('given a person who signs in, when the code is redeemed, then it brings a grant and who they are', async () => {
    const visit = await signedIn();

    const found = await visit.redeem();

    expect(found).toMatchObject({
      tenantId: contoso.tenantId,
      objectId: person(entra).objectId,
      username: 'ada@contoso.example',
      displayName: 'Ada Lovelace',
      clientId: oauthApp,
      refreshToken: expect.any(Secret),
    });
    expect(decodeJwt(found.token.reveal()).aud).toBe('https://management.azure.com');
  });

  it('given an authorize address, when it is read, then it asks for a code with PKCE, nonce and a lasting grant', async () => {
    const { url } = await signedIn();

    expect(url.origin).toBe(entra.signInUrl);
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      response_type: 'code',
      response_mode: 'query',
      redirect_uri: callback,
      code_challenge_method: 'S256',
      state: 'a-state',
      nonce: 'a-nonce',
      scope: expect.stringContaining('offline_access'),
    });
  });

  it.each([
    ['another verifier', (visit: RequestPipeline) => visit.redeem('x'.repeat(43)), 'pkce_mismatch'],
    [
      'another nonce',
      (visit: RequestPipeline) => visit.redeem(undefined, 'other'),
      'pkce_mismatch',
    ],
    [
      'a code that was used',
      (visit: RequestPipeline) => visit.redeem().then(() => visit.redeem()),
      'code_already_used',
    ],
  ])('given %s, when the code is redeemed, then it is refused', async (_, redeem, code) => {
    const visit = await signedIn();

    await expect(redeem(visit)).rejects.toMatchObject({ code });
  });
});
type RequestPipeline = Awaited<ReturnType<typeof signedIn>>;

describe('the refresh token', () => {
  it('given a grant, when it is renewed, then there is a token and another grant, which works too', async () => {
    const { refreshToken } = await (await signedIn()).redeem();

    const renewed = await endpoint.withRefreshToken(contoso.tenantId, refreshToken!);
    const again = await endpoint.withRefreshToken(contoso.tenantId, renewed.refreshToken);

    expect(renewed.refreshToken.reveal()).not.toBe(refreshToken!.reveal());
    expect(decodeJwt(again.token.reveal()).oid).toBe(person(entra).objectId);
  });

  it('given an administrator who revoked sessions, when it is renewed, then the grant has ended', async () => {
    const { refreshToken } = await (await signedIn()).redeem();
    entra.registry.revokeSessions('ada@contoso.example');

    const renewing = endpoint.withRefreshToken(contoso.tenantId, refreshToken!);

    await expect(renewing).rejects.toMatchObject({ kind: 'refused', code: 'grant_revoked' });
  });
});

describe('what a token reaches', () => {
  const token = async (resource: 'resource-manager' | 'graph') =>
    (await endpoint.withClientCredentials(app(), resource)).token;

  it('given an app with Reader, when subscriptions are looked for, then there is one', async () => {
    await expect(
      azure.assertSubscriptionAccess(await token('resource-manager')),
    ).resolves.toBeUndefined();
  });

  it('given an app without any role, when subscriptions are looked for, then access is denied', async () => {
    const { clientId, secrets } = entra.registry.addApp({
      tenantId: contoso.tenantId,
      displayName: 'without a role',
    });
    const { value } = secrets.at(-1) ?? entra.registry.addSecret(clientId);
    const access = await endpoint.withClientCredentials(
      { ...app(value), clientId },
      'resource-manager',
    );

    const looking = azure.assertSubscriptionAccess(access.token);

    await expect(looking).rejects.toMatchObject({ kind: 'refused', code: 'access_denied_arm' });
  });

  it('given a token that nobody issued, when subscriptions are looked for, then it is rejected', async () => {
    const looking = azure.assertSubscriptionAccess(new Secret('made.up'));

    await expect(looking).rejects.toMatchObject({ kind: 'refused', code: 'token_rejected' });
  });

  it('given a user, when they are looked for by id or by name, then they are found', async () => {
    const { objectId, username } = person(entra);
    const graph = await token('graph');

    const found = [await azure.findUser(graph, objectId), await azure.findUser(graph, username)];

    const ada = { objectId, username, displayName: 'Ada Lovelace' };
    expect(found).toEqual([ada, ada]);
  });

  it('given nobody of that name, when they are looked for, then that is refused', async () => {
    const looking = azure.findUser(await token('graph'), 'nobody@contoso.example');

    await expect(looking).rejects.toMatchObject({ code: 'user_not_found' });
  });

  it('given an app that may not read users, when one is looked for, then nobody can tell', async () => {
    const looking = azure.findUser(await token('resource-manager'), person(entra).objectId);

    await expect(looking).resolves.toBeUndefined();
  });

  it('given a service that fails once, when it is asked, then it is asked again', async () => {
    surroundings.faults.add({
      service: 'graph',
      path: 'users',
      rate: 1,
      seed: 1,
      delayMs: 0,
      kind: 'status',
      status: 503,
      count: 1,
    });

    const found = await azure.findUser(await token('graph'), person(entra).objectId);

    expect(found).toBeDefined();
  });
});
