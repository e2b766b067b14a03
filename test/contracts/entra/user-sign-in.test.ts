/** Passwords and device codes on the Entra stand-in: what each failure becomes, and that none quotes a secret. */
import { inspect } from 'node:util';
import { EntraUserSignIn } from '../../../functions/azure/entra/user-sign-in';
import { Secret } from '../../../functions/secrets/secret';
import { startEntra, type Entra } from '../../../infra/local/entra/entra';
import { contoso, contosoApp, oauthApp, person } from '../../support/entra-browser';
import { testEmulatorContext, type TestEmulatorContext } from '../../support/emulator-context';

let surroundings: TestEmulatorContext;
let entra: Entra;
let signIn: EntraUserSignIn;
beforeAll(async () => {
  surroundings = await testEmulatorContext();
  entra = await startEntra(surroundings);
  signIn = new EntraUserSignIn({ entraUrl: entra.url, clientId: oauthApp });
});
afterAll(async () => {
  await entra.stop();
  await surroundings.remove();
});
afterEach(() => {
  surroundings.faults.clear();
  surroundings.clock.shiftTo(0);
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

describe('a sign-in with a password', () => {
  it('given the right one, when it is exchanged, then a grant is there and can be renewed with the same app', async () => {
    const { refreshToken, objectId, tenantId, username } = await withPassword();

    const renewed = await signIn.withGrant(tenantId, app(), refreshToken!);

    expect([objectId, username]).toEqual([person(entra).objectId, person(entra).username]);
    expect(renewed.token.reveal()).not.toBe('');
  });

  it('given a wrong one, when it is refused, then it was sent once and stands in no error', async () => {
    const seen = surroundings.journal.read().length;

    const error = await withPassword('canary-wrong').catch((thrown: unknown) => thrown);

    expect(error).toMatchObject({ kind: 'refused', code: 'bad_password' });
    expect(inspect(error, { depth: 9 })).not.toContain('canary-wrong');
    expect(surroundings.journal.read().length).toBe(seen + 1);
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
  ])('given AADSTS%s, when it is thrown, then it is %s', async (code, expected) => {
    entra.registry.failNext({ code, grant: 'password' });

    await expect(withPassword()).rejects.toMatchObject({ code: expected });
  });

  it('given Entra limits requests, when it is asked, then its Retry-After is kept', async () => {
    surroundings.faults.add({
      service: 'entra',
      kind: 'status',
      status: 429,
      retryAfterSeconds: 11,
    });

    await expect(withPassword()).rejects.toMatchObject({
      code: 'idp_throttled',
      retryAfterInSeconds: 11,
    });
  });
});

describe('a device code', () => {
  it('given nobody has signed in, when it is polled, then it is pending', async () => {
    const { clientId, deviceCode } = await signIn.begin(contoso.tenantId);

    const answer = await signIn.poll({ tenant: contoso.tenantId, clientId, deviceCode });

    expect(answer).toBe('authorization_pending');
  });

  it('given Entra asks for patience, when it is polled, then that is passed on', async () => {
    const { clientId, deviceCode } = await signIn.begin(contoso.tenantId);
    entra.registry.failNext({ code: 70016, grant: 'device_code', error: 'slow_down' });

    const answer = await signIn.poll({ tenant: contoso.tenantId, clientId, deviceCode });

    expect(answer).toBe('slow_down');
  });

  it('given its time is over, when it is polled, then it is refused', async () => {
    const { clientId, deviceCode } = await signIn.begin(contoso.tenantId);
    surroundings.clock.shiftTo(901_000);

    const polling = signIn.poll({ tenant: contoso.tenantId, clientId, deviceCode });

    await expect(polling).rejects.toMatchObject({ code: 'device_code_over' });
  });

  it('given a tenant that blocks device codes, when one is asked for, then that is named', async () => {
    entra.registry.failNext({ code: 53003, grant: 'device_authorization' });

    await expect(signIn.begin(contoso.tenantId)).rejects.toMatchObject({
      code: 'conditional_access_blocked',
    });
  });
});
