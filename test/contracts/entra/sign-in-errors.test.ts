/**
 * Every number of the sign-in error taxonomy, sent by the Entra emulator: its code, its effect on
 * an unconnected and on a connected connector, its message and its action.
 */
import { EntraUserSignIn } from '../../../functions/azure/entra/user-sign-in';
import { EntraTokenEndpoint } from '../../../functions/azure/entra/token-endpoint';
import { graceMs } from '../../../functions/connectors/connection';
import { NotFoundError } from '../../../functions/errors/app-error';
import { toAppError } from '../../../functions/errors/classify-sign-in-error';
import { signInErrors, type SignInError } from '../../../functions/errors/sign-in-errors';
import { Secret } from '../../../functions/secrets/secret';
import { startEntra, type Entra } from '../../../infra/local/entra/entra';
import { aConnectedConnector, aConnector, owner } from '../../support/builders';
import { callback, contoso, contosoApp, oauthApp } from '../../support/entra-browser';
import { testContext } from '../../support/context';
import { ownAppOn } from '../../support/own-app';
import { testEmulatorContext, type TestEmulatorContext } from '../../support/emulator-context';

type After = 'expired' | 'degraded' | 'degraded, waits';

/** Code, effect on a working connection of a customer's app, and action. */
// prettier-ignore
const expected: readonly [numbers: readonly number[], code: string, after: After, action: string][] = [
  [[7000215],                          'client_secret_invalid',      'expired',         'update_secret'],
  [[7000222],                          'client_secret_expired',      'expired',         'update_secret'],
  [[7000218],                          'public_client_not_allowed',  'expired',         'edit_credentials'],
  [[700025],                           'public_client_with_secret',  'expired',         'edit_credentials'],
  [[700016, 700011, 7000229],          'app_not_found',              'expired',          'edit_credentials'],
  [[7000112, 70001],                   'app_disabled',               'expired',          'ask_administrator'],
  [[90002, 50128, 50059, 900023],      'tenant_not_found',           'expired',          'edit_credentials'],
  [[50034, 51004, 50020],              'user_not_found',             'expired',          'edit_credentials'],
  [[50126, 50056, 50064],              'bad_password',               'expired',          'edit_credentials'],
  [[50053],                            'account_locked',             'degraded, waits', 'ask_administrator'],
  [[50057],                            'account_disabled',           'expired',          'ask_administrator'],
  [[50055, 50144],                     'password_expired',           'expired',          'reconnect'],
  [[50076, 50074, 50078, 50158],       'mfa_required',               'expired',          'connect_with_oauth'],
  [[50079, 50072, 53004],              'mfa_enrollment_required',    'expired',          'connect_with_oauth'],
  [[65001, 650056, 650057, 65005],     'consent_required',           'expired',          'grant_consent'],
  [[90094, 90095, 90008, 90093],       'admin_consent_required',     'expired',          'admin_consent'],
  [[65004],                            'consent_declined',           'degraded',         'try_again'],
  [[700082, 70008],                    'grant_expired',              'expired',          'reconnect'],
  [[50173, 50132, 50133, 70000],       'grant_revoked',              'expired',          'reconnect'],
  [[70043],                            'signin_frequency',           'expired',          'reconnect'],
  [[700084],                           'spa_redirect_misconfigured', 'expired',          'contact_support'],
  [[53003, 53000, 53001, 53002, 53011, 530032, 530035, 50131, 50097, 50005],
                                       'conditional_access_blocked', 'expired',          'ask_administrator'],
  [[50105],                            'user_not_assigned',          'expired',          'ask_administrator'],
  [[500011, 50001],                    'resource_not_found',         'degraded',         'edit_credentials'],
  [[70011, 28002, 28003, 700022, 700023], 'scope_invalid',           'degraded',         'contact_support'],
  [[50011, 70004, 900971],             'redirect_mismatch',          'degraded',         'contact_support'],
  [[54005],                            'code_already_used',          'degraded',         'try_again'],
  [[501481, 50147],                    'pkce_mismatch',              'degraded',         'try_again'],
  [[9001023, 90130, 50194],            'authority_wrong',            'degraded',         'edit_credentials'],
  [[70016],                            'device_code_pending',        'degraded',         'wait'],
  [[70018, 70019, 70020],              'device_code_expired',        'degraded',         'try_again'],
  [[90055, 90024, 50196],              'idp_throttled',              'degraded, waits',  'wait'],
  [[90033, 90006, 90012, 50033, 50000], 'idp_unavailable',           'degraded',         'wait'],
];

const rowOf = (code: string): SignInError => signInErrors.find((row) => row.code === code)!;

let emulatorContext: TestEmulatorContext;
let entra: Entra;
beforeAll(async () => {
  emulatorContext = await testEmulatorContext();
  entra = await startEntra(emulatorContext);
});
afterEach(() => {
  entra.registry.clearFailures();
  emulatorContext.faults.clear();
});
afterAll(async () => {
  await entra.stop();
  await emulatorContext.remove();
});

/** A test context with one connector, on the Entra emulator. */
async function contextWith(connector: ReturnType<typeof aConnector>, ownApp = ownAppOn(entra)) {
  const context = testContext({ connectors: [connector] });
  const endpoint = new EntraTokenEndpoint({ entraUrl: entra.url, ownApp, redirectUri: callback });
  // No refusal is final in the first minutes.
  context.wait(graceMs / 1_000);
  context.entra.withClientCredentials = endpoint.withClientCredentials.bind(endpoint);
  context.entra.withRefreshToken = endpoint.withRefreshToken.bind(endpoint);
  await context.secretStore.put('cn-c1-grant', new Secret('a refresh token'), {
    contentType: 'text/plain',
  });
  const stored = async () =>
    (await context.store.get({ tenantId: owner.tenantId, connectorId: 'c1' }))!;
  const requestToken = () =>
    context.services.accessTokens.forResourceManager({
      tenantId: owner.tenantId,
      connectorId: 'c1',
    });
  const events = async () => {
    const stream = { tenantId: owner.tenantId, connectorId: 'c1' };
    const { items } = await context.eventStore.list(stream, { limit: 20 });
    return items.map(({ type, data }) => [type, data['code']]);
  };
  return { ...context, stored, requestToken, events };
}

const connectedWithTheirApp = aConnectedConnector({
  connectedWith: 'username_password',
  account: { tenantId: contoso.tenantId, clientId: contosoApp, objectId: owner.objectId },
});

const refusedSecret = () =>
  toAppError({ provider: 'entra', error: 'invalid_client', number: 7000222 });

const cases = expected.flatMap(([numbers, code, after, action]) =>
  numbers.map((number) => [number, code, after, action] as const),
);

describe('signInErrors', () => {
  it('have the numbers of this table and no others', () => {
    const numbered = signInErrors.filter(({ numbers }) => numbers.length > 0);

    expect(numbered.map(({ code, numbers }) => [code, [...numbers]])).toEqual(
      expected.map(([numbers, code]) => [code, numbers]),
    );
  });

  it.each(cases)('map AADSTS%d of a first sign-in to %s', async (number, code, _, action) => {
    const { services, stored, secretStore } = await contextWith(aConnector());
    entra.registry.failNext({ grant: 'client_credentials', code: number, count: 5 });

    const connector = await services.connectors.get({
      tenantId: owner.tenantId,
      connectorId: 'c1',
    });
    const connect = services.connections.connectWithClientCredentials(owner, connector, {
      tenantId: contoso.tenantId,
      clientId: contosoApp,
      clientSecret: new Secret(entra.registry.sample().clientSecret),
    });

    const isTemporary = rowOf(code).effect === 'degrades';
    await expect(connect).rejects.toMatchObject({
      code,
      message: rowOf(code).message,
      retryable: isTemporary,
      ...(!isTemporary && {
        details: { action: { kind: action }, upstream: { code: `AADSTS${number}` } },
      }),
    });
    expect(await stored()).toEqual(
      expect.objectContaining({ connection: { state: 'unconnected' } }),
    );
    expect(secretStore.usable()).toEqual(['cn-c1-grant/v1']);
  });

  it.each(cases)(
    'map AADSTS%d of a refresh to %s: the connection is %s',
    async (number, code, after, action) => {
      const { stored, requestToken, events } = await contextWith(connectedWithTheirApp);
      entra.registry.failNext({ grant: 'refresh_token', code: number, count: 5 });

      await expect(requestToken()).rejects.toMatchObject({ code });

      const { connection } = await stored();
      const [state, how] = after.split(', ');
      expect({ ...connection.reason, action: connection.reason?.action?.kind }).toEqual({
        code,
        message: expect.stringContaining(rowOf(code).message),
        action,
      });
      expect([connection.state, connection.waitUntil !== undefined]).toEqual([
        state,
        how === 'waits',
      ]);
      expect(await events()).toEqual([[`connector.${state}`, code]]);
    },
  );

  it.each([
    ['no_tokens_found', 'grant_missing'],
    ['refresh_token_expired', 'grant_missing'],
    ['temporarily_unavailable', 'idp_unavailable'],
    ['access_denied', 'consent_declined'],
    ['invalid_client', 'client_secret_invalid'],
    ['invalid_grant', 'sign_in_expired'],
    ['invalid_resource', 'resource_not_found'],
    ['unheard_of', 'sign_in_failed'],
  ])('map %s with an unknown number to %s: degraded', async (error, code) => {
    const { stored, requestToken, events } = await contextWith(connectedWithTheirApp);
    entra.registry.failNext({ grant: 'refresh_token', code: 999_999, error, count: 5 });

    await expect(requestToken()).rejects.toMatchObject({ code });

    expect((await stored()).connection.state).toBe('degraded');
    expect(await events()).toEqual([['connector.degraded', code]]);
  });

  it.each([
    [7000215, [50196], 'idp_throttled'],
    [700082, [50173, 90055], 'idp_throttled'],
    [999_999, [90024], 'idp_throttled'],
    [50173, [90033, 700082], 'idp_unavailable'],
  ])('map AADSTS%d with %j after it to %s', async (number, furtherCodes, code) => {
    const context = await contextWith(connectedWithTheirApp);
    entra.registry.failNext({ code: number, furtherCodes, error: 'invalid_grant', count: 5 });

    await expect(context.requestToken()).rejects.toMatchObject({ code });
    const app = {
      tenantId: contoso.tenantId,
      clientId: contosoApp,
      clientSecret: new Secret(entra.registry.sample().clientSecret),
    };
    const msal = context.entra.withClientCredentials(app, 'resource-manager');

    await expect(msal).rejects.toMatchObject({ code });
    expect((await context.stored()).connection.state).toBe('degraded');
  });

  it('show a number that they do not have', async () => {
    const { stored, requestToken } = await contextWith(connectedWithTheirApp);
    entra.registry.failNext({ grant: 'refresh_token', code: 999_999, suberror: 'bad_token' });

    await expect(requestToken()).rejects.toMatchObject({ code: 'grant_revoked' });

    expect((await stored()).connection).toMatchObject({
      state: 'degraded',
      reason: { message: expect.stringContaining('AADSTS999999') },
    });
  });
});

describe('a failure of our own app', () => {
  const connected = (app = ownAppOn(entra)) => contextWith(aConnectedConnector(), app);
  const secretOf = () => entra.registry.sample().oauthClientSecret;

  it.each([7000215, 7000222, 7000218, 700025])(
    'with AADSTS%d degrades the connection as ours',
    async (number) => {
      const { stored, requestToken, events } = await connected();
      entra.registry.failNext({ grant: 'refresh_token', code: number, count: 5 });

      await expect(requestToken()).rejects.toMatchObject({ kind: 'upstream', retryable: true });

      expect((await stored()).connection).toMatchObject({
        state: 'degraded',
        reason: { code: 'own_app_failed', action: { kind: 'wait' } },
      });
      expect(await events()).toEqual([['connector.degraded', 'own_app_failed']]);
    },
  );

  it.each([
    [7000222, false, 'own_app_failed'],
    [700016, false, 'own_app_failed'],
    [700016, true, 'app_removed_from_tenant'],
    [7000112, false, 'own_app_failed'],
    [7000112, true, 'app_removed_from_tenant'],
  ])('with AADSTS%d is ours unless it works at home: %s', async (number, works, code) => {
    const clientSecret = async () => new Secret(works ? secretOf() : 'old');
    const { stored, requestToken } = await connected(ownAppOn(entra, { clientSecret }));
    entra.registry.failNext({ grant: 'refresh_token', code: number, count: 5 });

    await expect(requestToken()).rejects.toMatchObject({ code });

    expect((await stored()).connection.state).toBe(works ? 'expired' : 'degraded');
  });

  it('never expires the connection and ends with the repair', async () => {
    let secret = 'a secret that has expired';
    let now = Date.now();
    const ownApp = ownAppOn(entra, {
      clientSecret: async () => new Secret(secret),
      now: () => new Date(now),
    });
    const { stored, requestToken, events, wait } = await connected(ownApp);
    entra.registry.failNext({ grant: 'refresh_token', code: 7000222, count: 1_000 });

    for (let day = 0; day < 10; day++) {
      await expect(requestToken()).rejects.toMatchObject({ code: 'own_app_failed' });
      wait(86_400);
    }
    const health = await ownApp.check();
    secret = secretOf();
    now += 60_000;
    entra.registry.clearFailures();

    expect(health).toEqual({ works: false, detail: 'AADSTS7000215' });
    expect(await ownApp.check()).toEqual({ works: true });
    // The grant of this test is not valid, so the customer's own failure is seen again.
    await expect(requestToken()).rejects.toMatchObject({ code: 'grant_revoked' });
    expect(await events()).toContainEqual(['connector.degraded', 'own_app_failed']);
    expect((await stored()).connection.reason?.code).toBe('grant_revoked');
  });

  it('is told from an outage of Entra', async () => {
    emulatorContext.faults.add({ service: 'entra', kind: 'status', status: 503, path: 'token' });

    expect(await ownAppOn(entra).check()).toEqual({ detail: 'idp_unavailable' });
  });

  it.each(['removed', 'disabled'] as const)('is found if it is %s', async (how) => {
    const app = structuredClone(entra.registry.app(oauthApp));
    const secret = secretOf();
    if (how === 'removed') entra.registry.removeApp(oauthApp);
    else entra.registry.changeApp(oauthApp, { disabled: true });

    const health = await ownAppOn(entra, { clientSecret: async () => new Secret(secret) }).check();

    if (how === 'removed') entra.registry.addApp(app);
    else entra.registry.changeApp(oauthApp, { disabled: false });
    expect(health).toMatchObject({ works: false });
    expect(await ownAppOn(entra).check()).toEqual({ works: true });
  });

  it.each([
    [oauthApp, 7000218, 'own_app_failed'],
    [oauthApp, 7000112, 'app_removed_from_tenant'],
    [contosoApp, 7000218, 'public_client_not_allowed'],
    [contosoApp, 7000112, 'app_disabled'],
  ])('of a public client %s with AADSTS%d is %s', async (clientId, number, code) => {
    const ownApp = ownAppOn(entra);
    const signIn = new EntraUserSignIn({ entraUrl: entra.url, ownApp });
    entra.registry.failNext({ grant: 'refresh_token', code: number });
    entra.registry.failNext({ grant: 'device_authorization', code: number });

    const renewal = signIn.withGrant(contoso.tenantId, { clientId }, new Secret('a grant'));
    const device = signIn.requestCode(contoso.tenantId, clientId);

    await expect(renewal).rejects.toMatchObject({ code });
    await expect(device).rejects.toMatchObject({ code });
  });

  it('is found if the setting of its tenant is wrong', async () => {
    const tenantId = 'c0c0a000-0000-4000-8000-0000000000ff';

    expect(await ownAppOn(entra, { tenantId }).check()).toEqual({
      works: false,
      detail: 'AADSTS90002',
    });
  });

  it('is ours if its secret is missing in Key Vault', async () => {
    const clientSecret = () => Promise.reject(new NotFoundError('secret_not_found', 'No.'));
    const { stored, requestToken } = await connected(ownAppOn(entra, { clientSecret }));

    await expect(requestToken()).rejects.toMatchObject({ code: 'own_app_failed' });

    expect(await ownAppOn(entra, { clientSecret }).check()).toMatchObject({ works: false });
    expect((await stored()).connection).toMatchObject({ reason: { code: 'own_app_failed' } });
  });

  it('uses a new secret as soon as the old one is refused', async () => {
    let secret = 'a secret that was replaced';
    let now = Date.now();
    const app = ownAppOn(entra, {
      clientSecret: async () => new Secret(secret),
      now: () => new Date(now),
    });
    expect(await app.check()).toMatchObject({ works: false });
    secret = secretOf();
    now += 10_000;

    const used = await app.withSecret(async (given) => {
      if (given.reveal() !== secret) throw refusedSecret();
      return given.reveal();
    });

    expect(used).toBe(secret);
  });

  it('uses a new secret although the old one was just read', async () => {
    let secret = 'a secret that is replaced';
    const app = ownAppOn(entra, { clientSecret: async () => new Secret(secret) });
    await app.withSecret(async () => undefined);
    secret = secretOf();

    const used = await app.withSecret(async (given) => {
      if (given.reveal() !== secret) throw refusedSecret();
      return given.reveal();
    });

    expect(used).toBe(secret);
  });
});
