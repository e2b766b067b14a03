/** Device codes of the Entra emulator (RFC 8628). */
import { startEntra, type Entra } from '../../../infra/local/entra/entra';
import {
  arm,
  requestToken,
  contoso,
  contosoApp,
  oauthApp,
  person,
  postForm,
  register,
  visit,
  type SignInPage,
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

interface Device {
  readonly user_code: string;
  readonly device_code: string;
  readonly verification_uri: string;
}

async function begin(clientId = oauthApp as string): Promise<Device> {
  const url = `${entra.url}/organizations/oauth2/v2.0/devicecode`;
  const { body } = await postForm(url, { client_id: clientId, scope: `offline_access ${arm}` });
  return body as unknown as Device;
}

const poll = (device_code: string, more = {}) =>
  requestToken(
    entra,
    {
      grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
      client_id: oauthApp,
      device_code,
      ...more,
    },
    'organizations',
  );

/** Enters the code and signs in, up to the confirmation page. */
async function enter({ verification_uri, user_code }: Device): Promise<SignInPage> {
  const { username, password } = person(entra);
  const typed = `${user_code.slice(0, 4)}-${user_code.slice(4)}`.toLowerCase();
  const page = await (await visit(verification_uri)).submit({ user_code: typed });
  return page.submit({ username, password });
}

describe('a device code', () => {
  it('has a user code, a page and a poll interval', async () => {
    const device = await begin();

    expect(device).toEqual({
      user_code: expect.stringMatching(/^[A-Z2-9]{9}$/),
      device_code: expect.any(String),
      verification_uri: `${entra.signInUrl}/common/oauth2/deviceauth`,
      expires_in: 900,
      interval: 5,
      message: expect.stringContaining(device.user_code),
    });
  });

  it('is pending until the user code is entered', async () => {
    const { body } = await poll((await begin()).device_code);

    expect(body).toMatchObject({ error: 'authorization_pending', error_codes: [70016] });
  });

  it('yields tokens once after approval', async () => {
    const device = await begin();
    const done = await (await enter(device)).submit({ accept: '1' });

    const first = await poll(device.device_code);
    const second = await poll(device.device_code);

    expect(done.html).toContain('You have signed in to the adf-connect application');
    expect(first).toMatchObject({ status: 200, body: { refresh_token: expect.any(String) } });
    expect(second.body.error_codes).toEqual([54005]);
  });

  it('reports that the user declined', async () => {
    const device = await begin();
    await (await enter(device)).submit({ cancel: '1' });

    expect((await poll(device.device_code)).body.error).toBe('authorization_declined');
  });

  it('asks for confirmation despite an earlier consent', async () => {
    entra.registry.consent(oauthApp, contoso.tenantId, [arm]);

    expect((await enter(await begin())).title).toBe('Are you trying to sign in to adf-connect?');
  });

  it('expires after fifteen minutes', async () => {
    const device = await begin();
    emulatorContext.clock.shiftTo(900_000);

    const { body } = await poll(device.device_code);
    const page = await (
      await visit(device.verification_uri)
    ).submit({ user_code: device.user_code });

    expect(body).toMatchObject({ error: 'expired_token', error_codes: [70019] });
    expect(page.error).toContain('That code didn’t work');
  });

  it('is rejected if it was not issued', async () => {
    const { body } = await poll('made up');
    const page = await visit((await begin()).verification_uri);

    expect(body).toMatchObject({ error: 'bad_verification_code', error_codes: [70018] });
    expect((await page.submit({ user_code: 'MADEUP' })).error).toContain('didn’t work');
  });

  it('requires the secret of a confidential client', async () => {
    entra.registry.changeApp(contosoApp, { multiTenant: true });
    const device = await begin(contosoApp);
    await (await enter(device)).submit({ accept: '1' });

    const without = await poll(device.device_code, { client_id: contosoApp });
    const secret = entra.registry.sample().clientSecret;
    const good = await poll(device.device_code, { client_id: contosoApp, client_secret: secret });

    expect(without.body.error_codes).toEqual([7000218]);
    expect(good.status).toBe(200);
  });

  it('shows a blocking policy on the page', async () => {
    entra.registry.changeUser(person(entra).objectId, { conditionalAccessBlock: 53003 });

    expect((await enter(await begin())).error).toContain('AADSTS53003');
  });
});
