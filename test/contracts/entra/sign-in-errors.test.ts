/**
 * Every number of the sign-in error taxonomy, sent by the Entra emulator: its code, its effect on
 * an unconnected and on a connected connector, its message and its action.
 */
import { EntraTokenEndpoint } from '../../../functions/azure/entra/token-endpoint';
import { signInErrors, type SignInError } from '../../../functions/errors/sign-in-errors';
import { Secret } from '../../../functions/secrets/secret';
import { startEntra, type Entra } from '../../../infra/local/entra/entra';
import { aConnectedConnector, aConnector, owner } from '../../support/builders';
import { callback, contoso, contosoApp, oauthApp } from '../../support/entra-browser';
import { testContext } from '../../support/context';
import { testEmulatorContext, type TestEmulatorContext } from '../../support/emulator-context';

type After = 'expired' | 'degraded' | 'connected' | 'connected, warned' | 'connected, waits';

/** Code, effect on a working connection, and action. */
// prettier-ignore
const expected: readonly [numbers: readonly number[], code: string, after: After, action: string][] = [
  [[7000215],                          'client_secret_invalid',      'expired',          'update_secret'],
  [[7000222],                          'client_secret_expired',      'expired',          'update_secret'],
  [[7000218],                          'public_client_not_allowed',  'expired',          'edit_credentials'],
  [[700025],                           'public_client_with_secret',  'expired',          'edit_credentials'],
  [[700016, 700011],                   'app_not_found',              'expired',          'edit_credentials'],
  [[7000112, 70001],                   'app_disabled',               'expired',          'ask_administrator'],
  [[90002, 50128, 50059, 900023],      'tenant_not_found',           'expired',          'edit_credentials'],
  [[50034, 51004, 50020],              'user_not_found',             'expired',          'edit_credentials'],
  [[50126, 50056, 50064],              'bad_password',               'expired',          'edit_credentials'],
  [[50053],                            'account_locked',             'connected, waits', 'ask_administrator'],
  [[50057],                            'account_disabled',           'expired',          'ask_administrator'],
  [[50055, 50144],                     'password_expired',           'expired',          'reconnect'],
  [[50076, 50074, 50078, 50158],       'mfa_required',               'expired',          'connect_with_oauth'],
  [[50079, 50072, 53004],              'mfa_enrollment_required',    'expired',          'connect_with_oauth'],
  [[65001, 650056, 650057, 65005],     'consent_required',           'expired',          'grant_consent'],
  [[90094, 90095, 90008, 90093],       'admin_consent_required',     'expired',          'admin_consent'],
  [[65004],                            'consent_declined',           'connected',        'try_again'],
  [[700082, 70008],                    'grant_expired',              'expired',          'reconnect'],
  [[50173, 50132, 50133, 70000],       'grant_revoked',              'expired',          'reconnect'],
  [[70043],                            'signin_frequency',           'expired',          'reconnect'],
  [[700084],                           'spa_redirect_misconfigured', 'expired',          'contact_support'],
  [[53003, 53000, 53001, 53002, 53011, 530032, 530035, 50131, 50097, 50005],
                                       'conditional_access_blocked', 'expired',          'ask_administrator'],
  [[50105],                            'user_not_assigned',          'expired',          'ask_administrator'],
  [[500011, 50001],                    'resource_not_found',         'connected',        'edit_credentials'],
  [[70011, 28002, 28003, 700022, 700023], 'scope_invalid',           'connected',        'contact_support'],
  [[50011, 70004, 900971],             'redirect_mismatch',          'connected',        'contact_support'],
  [[54005],                            'code_already_used',          'connected',        'try_again'],
  [[501481, 50147],                    'pkce_mismatch',              'connected',        'try_again'],
  [[9001023, 90130, 50194],            'authority_wrong',            'connected',        'edit_credentials'],
  [[70016],                            'device_code_pending',        'connected',        'wait'],
  [[70018, 70019, 70020],              'device_code_expired',        'connected',        'try_again'],
  [[90055, 90024],                     'idp_throttled',              'degraded',         'wait'],
  [[90033, 90006, 90012, 50033, 50000], 'idp_unavailable',           'degraded',         'wait'],
];

const rowOf = (code: string): SignInError => signInErrors.find((row) => row.code === code)!;

let emulatorContext: TestEmulatorContext;
let entra: Entra;
let endpoint: EntraTokenEndpoint;
beforeAll(async () => {
  emulatorContext = await testEmulatorContext();
  entra = await startEntra(emulatorContext);
  endpoint = new EntraTokenEndpoint({
    entraUrl: entra.url,
    clientId: oauthApp,
    clientSecret: async () => new Secret(entra.registry.sample().oauthClientSecret),
    redirectUri: callback,
  });
}, 30_000);
afterEach(() => entra.registry.clearFailures());
afterAll(async () => {
  await entra.stop();
  await emulatorContext.remove();
});

/** A test context with one connector, on the Entra emulator. */
async function contextWith(connector: ReturnType<typeof aConnector>) {
  const context = testContext({ connectors: [connector] });
  context.entra.withClientCredentials = endpoint.withClientCredentials.bind(endpoint);
  context.entra.withRefreshToken = endpoint.withRefreshToken.bind(endpoint);
  await context.secretStore.put('cn-c1-grant', new Secret('a refresh token'), {
    contentType: 'text/plain',
  });
  const stored = async () =>
    (await context.store.get({ tenantId: owner.tenantId, connectorId: 'c1' }))!;
  return { ...context, stored };
}

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
      const { services, stored, eventStore } = await contextWith(aConnectedConnector());
      entra.registry.failNext({ grant: 'refresh_token', code: number, count: 5 });

      const request = services.accessTokens.forResourceManager({
        tenantId: owner.tenantId,
        connectorId: 'c1',
      });

      await expect(request).rejects.toMatchObject({ code });
      const { connection } = await stored();
      const [state, how] = after.split(', ');
      expect(connection.state).toBe(state);
      const reported = how === undefined ? connection.reason : connection.failure;
      expect(reported && { ...reported, action: reported.action?.kind, until: undefined }).toEqual(
        after === 'connected' ? undefined : { code, message: rowOf(code).message, action },
      );
      expect(connection.failure?.until).toBe(
        how === 'waits' ? '2026-01-15T13:00:00.000Z' : undefined,
      );
      const { items } = await eventStore.list(
        { tenantId: owner.tenantId, connectorId: 'c1' },
        { limit: 10 },
      );
      expect(items.map(({ type, data }) => [type, data['code']])).toEqual(
        state === 'connected' ? [] : [[`connector.${state}`, code]],
      );
    },
  );

  it.each([
    ['no_tokens_found', 'grant_missing', 'expired'],
    ['refresh_token_expired', 'grant_missing', 'expired'],
    ['temporarily_unavailable', 'idp_unavailable', 'degraded'],
    ['access_denied', 'consent_declined', 'connected'],
    ['authorization_declined', 'consent_declined', 'connected'],
    ['invalid_resource', 'resource_not_found', 'connected'],
  ])('map the error %s to %s: the connection is %s', async (error, code, state) => {
    const { services, stored } = await contextWith(aConnectedConnector());
    entra.registry.failNext({ grant: 'refresh_token', code: 999_999, error, count: 5 });

    const request = services.accessTokens.forResourceManager({
      tenantId: owner.tenantId,
      connectorId: 'c1',
    });

    await expect(request).rejects.toMatchObject({ code });
    expect((await stored()).connection.state).toBe(state);
  });
});
