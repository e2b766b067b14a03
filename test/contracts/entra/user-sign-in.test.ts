/** EntraUserSignIn on the Entra emulator: passwords, device codes, and errors without secrets. */
import { inspect } from 'node:util';
import { EntraUserSignIn } from '../../../functions/azure/entra/user-sign-in';
import { Secret } from '../../../functions/secrets/secret';
import { startEntra, type Entra } from '../../../infra/local/entra/entra';
import { contoso, contosoApp, person } from '../../support/entra-browser';
import { ownAppOn } from '../../support/own-app';
import { testEmulatorContext, type TestEmulatorContext } from '../../support/emulator-context';

let context: TestEmulatorContext;
let entra: Entra;
let signIn: EntraUserSignIn;
beforeAll(async () => {
  context = await testEmulatorContext();
  entra = await startEntra(context);
  signIn = new EntraUserSignIn({ entraUrl: entra.url, ownApp: ownAppOn(entra) });
});
afterAll(async () => {
  await entra.stop();
  await context.remove();
});
afterEach(() => {
  context.faults.clear();
  context.clock.shiftTo(0);
  entra.registry.clearFailures();
});

const app = () => ({
  clientId: contosoApp,
  clientSecret: new Secret(entra.registry.sample().clientSecret),
});
const withPassword = (password = person(entra).password) =>
  signIn.withPassword({
    tenantId: contoso.tenantId,
    app: app(),
    username: person(entra).username,
    password: new Secret(password),
  });

describe('withPassword', () => {
  it('returns a grant that the same app can renew', async () => {
    const { refreshToken, objectId, tenantId, username } = await withPassword();

    const renewed = await signIn.withGrant(tenantId, app(), refreshToken!);

    expect([objectId, username]).toEqual([person(entra).objectId, person(entra).username]);
    expect(renewed.token.reveal()).not.toBe('');
  });

  it('sends a wrong password once and quotes it in no error', async () => {
    const seen = context.journal.read().length;

    const error = await withPassword('canary-wrong').catch((thrown: unknown) => thrown);

    expect(error).toMatchObject({ kind: 'refused', code: 'bad_password' });
    expect(inspect(error, { depth: 9 })).not.toContain('canary-wrong');
    expect(context.journal.read().length).toBe(seen + 1);
  });

  it.each([
    [50053, 'account_locked'],
    [50055, 'password_expired'],
    [50057, 'account_disabled'],
    [50076, 'mfa_required'],
    [50079, 'mfa_enrollment_required'],
    [65001, 'consent_required'],
    [53003, 'conditional_access_blocked'],
    [7000218, 'public_client_not_allowed'],
    [90033, 'idp_unavailable'],
  ])('maps AADSTS%s to %s', async (code, expected) => {
    entra.registry.failNext({ code, grant: 'password' });

    await expect(withPassword()).rejects.toMatchObject({ code: expected });
  });

  it('passes on Retry-After', async () => {
    context.faults.add({
      service: 'entra',
      kind: 'status',
      status: 429,
      retryAfterSeconds: 11,
    });

    await expect(withPassword()).rejects.toMatchObject({
      code: 'idp_throttled',
      retryAfterSeconds: 11,
    });
  });
});

describe('device flow', () => {
  it('is pending until the person signs in', async () => {
    const { clientId, deviceCode } = await signIn.requestCode(contoso.tenantId);

    const result = await signIn.poll({ tenant: contoso.tenantId, clientId, deviceCode });

    expect(result).toBe('authorization_pending');
  });

  it('passes on slow_down', async () => {
    const { clientId, deviceCode } = await signIn.requestCode(contoso.tenantId);
    entra.registry.failNext({ code: 70016, grant: 'device_code', error: 'slow_down' });

    const result = await signIn.poll({ tenant: contoso.tenantId, clientId, deviceCode });

    expect(result).toBe('slow_down');
  });

  it('refuses an expired code', async () => {
    const { clientId, deviceCode } = await signIn.requestCode(contoso.tenantId);
    context.clock.shiftTo(901_000);

    const polling = signIn.poll({ tenant: contoso.tenantId, clientId, deviceCode });

    await expect(polling).rejects.toMatchObject({ code: 'device_code_expired' });
  });

  it('reports a tenant that blocks device codes', async () => {
    entra.registry.failNext({ code: 53003, grant: 'device_authorization' });

    await expect(signIn.requestCode(contoso.tenantId)).rejects.toMatchObject({
      code: 'conditional_access_blocked',
    });
  });
});
