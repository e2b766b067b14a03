/**
 * EntraTokenEndpoint and EntraAccessCheck on the Entra emulator, and the taxonomy of their errors.
 */
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
import { ownAppOn } from '../../support/own-app';
import { testEmulatorContext, type TestEmulatorContext } from '../../support/emulator-context';

let context: TestEmulatorContext;
let entra: Entra;
let resourceManager: ResourceManager;
let endpoint: EntraTokenEndpoint;
let accessCheck: EntraAccessCheck;
beforeAll(async () => {
  context = await testEmulatorContext();
  entra = await startEntra(context);
  resourceManager = await startResourceManager(context, {
    verify: entra.verify,
    factories: [],
    sampleFactories: join(__dirname, '../../../infra/local/seed/factories'),
    latencyMs: 0,
  });
  endpoint = new EntraTokenEndpoint({
    entraUrl: entra.url,
    ownApp: ownAppOn(entra),
    redirectUri: callback,
  });
  accessCheck = new EntraAccessCheck({
    resourceManagerUrl: resourceManager.url,
    graphUrl: entra.graphUrl,
  });
});
afterAll(async () => {
  await resourceManager.stop();
  await entra.stop();
  await context.remove();
});
afterEach(() => {
  context.faults.clear();
  entra.registry.clearFailures();
});

const app = (secret = entra.registry.sample().clientSecret) => ({
  tenantId: contoso.tenantId,
  clientId: contosoApp,
  clientSecret: new Secret(secret),
});
const codeChallengeOf = (verifier: string) =>
  createHash('sha256').update(verifier).digest('base64url');

/** Signs a person in through the pages of the emulator. */
async function authorize(name: 'ada' | 'grace' = 'ada') {
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

describe('withClientCredentials', () => {
  it('returns tokens for Resource Manager and Graph', async () => {
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
    ['an unknown tenant', () => ({ ...app(), tenantId: 'unknown.example' }), 'tenant_not_found'],
  ])('refuses %s', async (_, given, code) => {
    const request = endpoint.withClientCredentials(given(), 'resource-manager');

    await expect(request).rejects.toMatchObject({ kind: 'refused', code });
  });

  it('throws errors with number and trace but without the secret', async () => {
    const error = await endpoint
      .withClientCredentials(app('a-canary-secret'), 'resource-manager')
      .catch((caught: Error) => caught);

    expect(error).toMatchObject({
      details: {
        upstream: { code: 'AADSTS7000215', traceId: expect.stringMatching(/^[\w-]{36}$/) },
      },
    });
    expect(JSON.stringify(error) + String((error as Error).stack)).not.toContain('canary');
  });
});

describe('taxonomy', () => {
  const numbered = signInErrors.flatMap(({ code, numbers }) =>
    numbers.map((number) => [number, code] as const),
  );
  it.each(numbered)('maps AADSTS%d to %s', async (number, code) => {
    entra.registry.failNext({ code: number });

    const request = endpoint.withClientCredentials(app(), 'resource-manager');

    await expect(request).rejects.toMatchObject({ code });
  });
});

describe('failures of Entra', () => {
  it.each([
    [
      'throttles',
      { kind: 'status', status: 429, retryAfterSeconds: 7 },
      { kind: 'throttled', code: 'idp_throttled', retryAfterSeconds: 7 },
    ],
    [
      'asks to wait while it is down',
      { kind: 'status', status: 503, retryAfterSeconds: 7 },
      { kind: 'upstream', code: 'idp_unavailable' },
    ],
    ['fails', { kind: 'status', status: 503 }, { kind: 'upstream', code: 'idp_unavailable' }],
    ['resets the connection', { kind: 'reset' }, { kind: 'upstream', code: 'idp_unavailable' }],
    ['truncates the response', { kind: 'truncate' }, { kind: 'upstream', code: 'idp_unavailable' }],
  ] as const)('are retryable if Entra %s', async (_, fault, failure) => {
    context.faults.add({
      service: 'entra',
      path: 'token',
      rate: 1,
      seed: 1,
      delayMs: 0,
      status: 503,
      ...fault,
    });

    const request = endpoint.withClientCredentials(app(), 'resource-manager');

    await expect(request).rejects.toMatchObject({ ...failure, retryable: true });
  });

  it('do not make MSAL throttle later requests', async () => {
    context.faults.add({
      service: 'entra',
      path: 'token',
      rate: 1,
      seed: 1,
      delayMs: 0,
      kind: 'status',
      status: 503,
    });
    await endpoint.withClientCredentials(app(), 'resource-manager').catch(() => undefined);
    context.faults.clear();

    const request = endpoint.withClientCredentials(app(), 'resource-manager');

    await expect(request).resolves.toBeDefined();
  });
});

describe('authorization code flow', () => {
  it('redeems a code for a grant and the person', async () => {
    const visit = await authorize();

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

  it('requests a code with PKCE, nonce and offline access', async () => {
    const { url } = await authorize();

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
    ['another verifier', (visit: Visit) => visit.redeem('x'.repeat(43)), 'pkce_mismatch'],
    ['another nonce', (visit: Visit) => visit.redeem(undefined, 'other'), 'pkce_mismatch'],
    [
      'a code that was used',
      (visit: Visit) => visit.redeem().then(() => visit.redeem()),
      'code_already_used',
    ],
  ])('refuses %s', async (_, redeem, code) => {
    const visit = await authorize();

    await expect(redeem(visit)).rejects.toMatchObject({ code });
  });
});
type Visit = Awaited<ReturnType<typeof authorize>>;

describe('withRefreshToken', () => {
  it('returns a token and another grant that works', async () => {
    const { refreshToken } = await (await authorize()).redeem();

    const renewed = await endpoint.withRefreshToken(contoso.tenantId, refreshToken!);
    const again = await endpoint.withRefreshToken(contoso.tenantId, renewed.refreshToken);

    expect(renewed.refreshToken.reveal()).not.toBe(refreshToken!.reveal());
    expect(decodeJwt(again.token.reveal()).oid).toBe(person(entra).objectId);
  });

  it('refuses a grant after sessions were revoked', async () => {
    const { refreshToken } = await (await authorize()).redeem();
    entra.registry.revokeSessions('ada@contoso.example');

    const renewal = endpoint.withRefreshToken(contoso.tenantId, refreshToken!);

    await expect(renewal).rejects.toMatchObject({ kind: 'refused', code: 'grant_revoked' });
  });
});

describe('EntraAccessCheck', () => {
  const token = async (resource: 'resource-manager' | 'graph') =>
    (await endpoint.withClientCredentials(app(), resource)).token;

  it('accepts an app with the Reader role', async () => {
    await expect(
      accessCheck.assertSubscriptionAccess(await token('resource-manager')),
    ).resolves.toBeUndefined();
  });

  it('denies an app without a role', async () => {
    const { clientId, secrets } = entra.registry.addApp({
      tenantId: contoso.tenantId,
      displayName: 'without a role',
    });
    const { value } = secrets.at(-1) ?? entra.registry.addSecret(clientId);
    const access = await endpoint.withClientCredentials(
      { ...app(value), clientId },
      'resource-manager',
    );

    const check = accessCheck.assertSubscriptionAccess(access.token);

    await expect(check).rejects.toMatchObject({ kind: 'refused', code: 'access_denied_arm' });
  });

  it('rejects a forged token', async () => {
    const check = accessCheck.assertSubscriptionAccess(new Secret('made.up'));

    await expect(check).rejects.toMatchObject({ kind: 'refused', code: 'token_rejected' });
  });

  it('finds a user by id and by name', async () => {
    const { objectId, username } = person(entra);
    const graph = await token('graph');

    const found = [
      await accessCheck.findUser(graph, objectId),
      await accessCheck.findUser(graph, username),
    ];

    const ada = { objectId, username, displayName: 'Ada Lovelace' };
    expect(found).toEqual([ada, ada]);
  });

  it('refuses a user that does not exist', async () => {
    const check = accessCheck.findUser(await token('graph'), 'unknown@contoso.example');

    await expect(check).rejects.toMatchObject({ code: 'user_not_found' });
  });

  it('returns nothing if the app may not read users', async () => {
    const check = accessCheck.findUser(await token('resource-manager'), person(entra).objectId);

    await expect(check).resolves.toBeUndefined();
  });

  it('retries a request that failed once', async () => {
    context.faults.add({
      service: 'graph',
      path: 'users',
      rate: 1,
      seed: 1,
      delayMs: 0,
      kind: 'status',
      status: 503,
      count: 1,
    });

    const found = await accessCheck.findUser(await token('graph'), person(entra).objectId);

    expect(found).toBeDefined();
  });
});
