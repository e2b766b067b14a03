/** Errors of the Entra emulator: every number can be injected, and most have a natural cause. */
import { aadsts } from '../../../infra/local/entra/aadsts';
import { startEntra, type Entra } from '../../../infra/local/entra/entra';
import type { App, User } from '../../../infra/local/entra/directory/state';
import {
  arm,
  requestToken,
  contoso,
  contosoApp,
  contosoClient,
  oauthApp,
  oauthClient,
  passwordForm,
  person,
  postForm,
  register,
  type Fields,
} from '../../support/entra-browser';
import { testEmulatorContext, type TestEmulatorContext } from '../../support/emulator-context';

let emulatorContext: TestEmulatorContext;
let entra: Entra;
let restore: () => void;
beforeAll(async () => {
  emulatorContext = await testEmulatorContext();
  entra = await startEntra(emulatorContext);
  restore = register(entra);
});
afterEach(() => {
  restore();
  emulatorContext.faults.clear();
  emulatorContext.clock.shiftTo(0);
});
afterAll(async () => {
  await entra.stop();
  await emulatorContext.remove();
});

const armDefault = 'https://management.azure.com/.default';
const clientForm = (more: Fields = {}) => ({
  ...contosoClient(entra),
  grant_type: 'client_credentials',
  scope: armDefault,
  ...more,
});
/** Preparation of the emulator, and changes to the request. */
interface Attempt {
  readonly prepare?: () => void;
  readonly form?: Fields;
  readonly tenant?: string;
}

const codeOf = async (reply: Promise<{ body: any }>) => (await reply).body.error_codes[0] as number;

describe('an injected failure', () => {
  it('hits the next token request, for every AADSTS number', async () => {
    const seen = [];
    for (const [code, known] of Object.entries(aadsts)) {
      entra.registry.failNext({ grant: 'client_credentials', code: Number(code) });
      const { status, body } = await requestToken(entra, clientForm());
      const { error, suberror } = body as { error: string; suberror?: string };
      seen.push({
        code,
        status,
        error,
        suberror,
        codes: body.error_codes,
        claims: 'claims' in body,
      });
      expect(body.error_description).toMatch(
        new RegExp(`^AADSTS${code}: .+ Trace ID: \\S+ Correlation ID: \\S+ Timestamp: \\S+ \\S+Z$`),
      );
      expect(known.text).not.toBe('');
    }

    expect(seen).toEqual(
      Object.entries(aadsts).map(([code, { status, error, suberror, challenge = false }]) => ({
        code,
        status,
        error,
        suberror,
        codes: [Number(code)],
        claims: challenge,
      })),
    );
    expect((await requestToken(entra, clientForm())).status).toBe(200);
  });

  it('has the members of an Entra error', async () => {
    const { body, headers } = await requestToken(
      entra,
      clientForm({ client_secret: 'wrong' }),
      undefined,
      {
        'client-request-id': 'c0ffee00-0000-4000-8000-000000000000',
      },
    );

    expect(body).toEqual({
      error: 'invalid_client',
      error_description: expect.stringContaining(`for a secret added to app '${contosoApp}'.`),
      error_codes: [7000215],
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ$/),
      trace_id: headers.get('x-ms-request-id'),
      correlation_id: 'c0ffee00-0000-4000-8000-000000000000',
      error_uri: 'https://login.microsoftonline.com/error?code=7000215',
    });
  });

  it('hits only its grant and its count of requests', async () => {
    entra.registry.failNext({ grant: 'password', code: 90033, count: 2 });

    const first = await requestToken(entra, clientForm());
    const hit = [
      await requestToken(entra, passwordForm(entra)),
      await requestToken(entra, passwordForm(entra)),
    ];
    const after = await requestToken(entra, passwordForm(entra));

    expect([first, ...hit, after].map(({ status }) => status)).toEqual([200, 503, 503, 200]);
  });

  it('supports unknown numbers with error and suberror', async () => {
    entra.registry.failNext({ code: 999999, error: 'invalid_grant', suberror: 'client_mismatch' });

    const { body } = await requestToken(entra, clientForm());

    expect(body).toMatchObject({
      error: 'invalid_grant',
      suberror: 'client_mismatch',
      error_codes: [999999],
    });
  });

  it('has Retry-After if it throttles', async () => {
    entra.registry.failNext({ code: 90055, retryAfterSeconds: 7 });

    const { status, headers } = await requestToken(entra, clientForm());

    expect([status, headers.get('retry-after')]).toEqual([429, '7']);
  });

  it.each([
    [429, 'temporarily_unavailable', 90055],
    [503, 'temporarily_unavailable', 90033],
    [500, 'server_error', 50000],
  ])('has the body of Entra for the status %i', async (status, error, code) => {
    emulatorContext.faults.add({
      service: 'entra',
      path: 'POST .*/token',
      rate: 1,
      kind: 'status',
      status,
      delayMs: 0,
      count: 1,
      seed: 1,
    });

    const reply = await requestToken(entra, clientForm());

    expect(reply).toMatchObject({ status, body: { error, error_codes: [code] } });
  });
});

describe('a token request of an app', () => {
  const change = (by: Partial<App>) => void entra.registry.changeApp(contosoApp, by);
  const unknownTenant = '11111111-2222-3333-4444-555555555555';

  it.each<[number, string, Attempt]>([
    [7000215, 'a wrong secret', { form: { client_secret: 'wrong' } }],
    [
      7000222,
      'an expired secret',
      { prepare: () => emulatorContext.clock.shiftTo(366 * 86_400_000) },
    ],
    [7000218, 'no secret', { form: { client_secret: '' } }],
    [
      700025,
      'a secret of an app that is public',
      {
        prepare: () => change({ secrets: [], publicClient: true }),
        form: { client_secret: 'any' },
      },
    ],
    [700016, 'an unknown app', { form: { client_id: unknownTenant } }],
    [7000112, 'a disabled app', { prepare: () => change({ disabled: true }) }],
    [
      700016,
      'a foreign app without consent',
      {
        prepare: () => entra.registry.withdrawConsents(oauthApp, contoso.tenantId),
        form: { client_id: oauthApp },
      },
    ],
    [90002, 'an unknown tenant', { tenant: unknownTenant }],
    [900023, 'a malformed tenant', { tenant: 'no_tenant' }],
    [90130, 'personal accounts', { tenant: 'consumers' }],
    [50194, 'any tenant, for an app of one', { tenant: 'organizations' }],
    [50059, 'no tenant', { prepare: () => change({ multiTenant: true }), tenant: 'organizations' }],
    [500011, 'an unknown API', { form: { scope: 'https://example.com/.default' } }],
    [1002012, 'a delegated scope', { form: { scope: arm } }],
    [70011, 'an invalid scope', { form: { scope: 'https://vault.azure.net/fly' } }],
    [700022, 'two APIs', { form: { scope: `${armDefault} https://vault.azure.net/.default` } }],
    [900144, 'no scope', { form: { scope: '' } }],
    [70003, 'an unknown grant', { form: { grant_type: 'implicit' } }],
  ])('fails with AADSTS%i for %s', async (code, _, { prepare, form, tenant }) => {
    prepare?.();

    expect(await codeOf(requestToken(entra, clientForm(form), tenant))).toBe(code);
  });

  it('succeeds with a newer secret after the older one expired', async () => {
    emulatorContext.clock.shiftTo(364 * 86_400_000);
    const { value } = entra.registry.addSecret(contosoApp, 30);
    emulatorContext.clock.shiftTo(370 * 86_400_000);

    const { status } = await requestToken(entra, clientForm({ client_secret: value }));

    expect(status).toBe(200);
  });

  it('accepts Basic authentication', async () => {
    const { client_id, client_secret } = contosoClient(entra);
    const basic = Buffer.from(`${client_id}:${encodeURIComponent(client_secret)}`).toString(
      'base64',
    );

    const { status } = await requestToken(
      entra,
      { grant_type: 'client_credentials', scope: armDefault },
      contoso.domain,
      { authorization: `Basic ${basic}` },
    );

    expect(status).toBe(200);
  });
});

describe('a token request with a password', () => {
  const change = (by: Partial<User>) => void entra.registry.changeUser(person(entra).objectId, by);
  const changeApp = (by: Partial<App>) => void entra.registry.changeApp(contosoApp, by);
  const home = '0f0e1d2c-0000-4000-8000-00000000ad0f';

  it.each<[number, string, Attempt]>([
    [50126, 'a wrong password', { form: { password: 'wrong' } }],
    [50034, 'an unknown user', { form: { username: 'unknown@contoso.example' } }],
    [50053, 'a locked account', { prepare: () => change({ locked: true }) }],
    [50057, 'a disabled account', { prepare: () => change({ disabled: true }) }],
    [50055, 'an expired password', { prepare: () => change({ passwordExpired: true }) }],
    [50056, 'a federated account', { prepare: () => change({ federated: true }) }],
    [50076, 'MFA', { prepare: () => change({ mfa: 'required' }) }],
    [50079, 'MFA to register for', { prepare: () => change({ mfa: 'not_enrolled' }) }],
    [
      53003,
      'a Conditional Access policy',
      { prepare: () => change({ conditionalAccessBlock: 53003 }) },
    ],
    [
      50105,
      'an app one must be assigned to',
      { prepare: () => changeApp({ requiresAssignment: true }) },
    ],
    [65001, 'an app without consent', { prepare: () => changeApp({ consents: [] }) }],
    [65001, 'a scope without consent', { form: { scope: 'User.Read.All' } }],
    [7000218, 'no secret', { form: { client_secret: '' } }],
    [
      9001023,
      'the common endpoint',
      { prepare: () => changeApp({ multiTenant: true }), tenant: 'common' },
    ],
    [700016, 'another tenant', { tenant: home }],
  ])('fails with AADSTS%i for %s', async (code, _, { prepare, form, tenant }) => {
    prepare?.();

    expect(await codeOf(requestToken(entra, { ...passwordForm(entra), ...form }, tenant))).toBe(
      code,
    );
  });

  it('succeeds without a secret for a public client', async () => {
    changeApp({ publicClient: true });
    const { client_secret: _, ...form } = passwordForm(entra);

    const { status, body } = await requestToken(entra, form, contoso.domain);

    expect(status).toBe(200);
    expect(Object.keys(body as object).sort()).toEqual([
      'access_token',
      'expires_in',
      'ext_expires_in',
      'id_token',
      'refresh_token',
      'scope',
      'token_type',
    ]);
  });

  it('succeeds for an assigned user if assignment is required', async () => {
    changeApp({ requiresAssignment: true, assignedTo: [person(entra).objectId] });

    expect((await requestToken(entra, passwordForm(entra))).status).toBe(200);
  });
});

describe('a request that is not implemented', () => {
  it.each([
    ['POST', '/contoso.example/oauth2/token'],
    ['GET', '/contoso.example/oauth2/v2.0/logout'],
    ['GET', '/common/discovery/instance'],
    ['GET', '/'],
  ])('has the status 501 and its path: %s %s', async (method, path) => {
    const response = await fetch(`${entra.url}${path}`, { method });

    expect(response.status).toBe(501);
    expect(await response.text()).toContain(`${method} ${path}`);
  });

  it('has the status 501 for a client assertion', async () => {
    const form = clientForm({ client_secret: '', client_assertion: 'eyJ' });

    expect((await requestToken(entra, form)).status).toBe(501);
  });

  it('is rejected at the token endpoint if not POST', async () => {
    const response = await fetch(`${entra.url}/organizations/oauth2/v2.0/token`);

    expect(((await response.json()) as any).error_codes).toEqual([900561]);
  });

  it('can be failed on purpose for a device code', async () => {
    entra.registry.failNext({ grant: 'device_authorization', code: 90055 });
    const url = `${entra.url}/organizations/oauth2/v2.0/devicecode`;

    const { status } = await postForm(url, { client_id: oauthClient(entra).client_id, scope: arm });

    expect(status).toBe(429);
  });
});
