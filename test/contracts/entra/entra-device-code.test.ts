/** Device codes of the Entra stand-in: a program waits while a person signs in somewhere else. */
import { startEntra, type Entra } from '../../../infra/local/entra/entra';
import {
  arm,
  askToken,
  contoso,
  contosoApp,
  oauthApp,
  person,
  postForm,
  remember,
  visit,
  type Shown,
} from '../../support/entra-browser';
import { testEmulatorContext, type TestEmulatorContext } from '../../support/emulator-context';

let surroundings: TestEmulatorContext;
let entra: Entra;
let restore: () => void;
beforeAll(async () => {
  surroundings = await testEmulatorContext();
  entra = await startEntra(surroundings);
  restore = remember(entra);
});
afterEach(() => {
  restore();
  surroundings.faults.clear();
  surroundings.clock.shiftTo(0);
});
afterAll(async () => {
  await entra.stop();
  await surroundings.remove();
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
  askToken(
    entra,
    {
      grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
      client_id: oauthApp,
      device_code,
      ...more,
    },
    'organizations',
  );

/** Types the code and signs in, as far as the question whether to go on. */
async function enter({ verification_uri, user_code }: Device): Promise<Shown> {
  const { username, password } = person(entra);
  const typed = `${user_code.slice(0, 4)}-${user_code.slice(4)}`.toLowerCase();
  const page = await (await visit(verification_uri)).submit({ user_code: typed });
  return page.submit({ username, password });
}

describe('a device code', () => {
  it('given it is asked for, when the answer is read, then it says where to type what, and how often to poll', async () => {
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

  it('given nobody has typed it, when the program polls, then it is told to wait', async () => {
    const { body } = await poll((await begin()).device_code);

    expect(body).toMatchObject({ error: 'authorization_pending', error_codes: [70016] });
  });

  it('given the person accepts, when the program polls, then it gets tokens, once', async () => {
    const device = await begin();
    const done = await (await enter(device)).submit({ accept: '1' });

    const first = await poll(device.device_code);
    const second = await poll(device.device_code);

    expect(done.html).toContain('You have signed in to the adf-connect application');
    expect(first).toMatchObject({ status: 200, body: { refresh_token: expect.any(String) } });
    expect(second.body.error_codes).toEqual([54005]);
  });

  it('given the person declines, when the program polls, then it is told so', async () => {
    const device = await begin();
    await (await enter(device)).submit({ cancel: '1' });

    expect((await poll(device.device_code)).body.error).toBe('authorization_declined');
  });

  it('given consent was given before, when the code is typed, then the person is still asked whether it is theirs', async () => {
    entra.registry.consent(oauthApp, contoso.tenantId, [arm]);

    expect((await enter(await begin())).title).toBe('Are you trying to sign in to adf-connect?');
  });

  it('given a quarter of an hour has passed, when program and person come, then it has expired', async () => {
    const device = await begin();
    surroundings.clock.shiftTo(900_000);

    const { body } = await poll(device.device_code);
    const page = await (
      await visit(device.verification_uri)
    ).submit({ user_code: device.user_code });

    expect(body).toMatchObject({ error: 'expired_token', error_codes: [70019] });
    expect(page.error).toContain('That code didn’t work');
  });

  it('given a code nobody gave out, when it is used, then it is bad', async () => {
    const { body } = await poll('made up');
    const page = await visit((await begin()).verification_uri);

    expect(body).toMatchObject({ error: 'bad_verification_code', error_codes: [70018] });
    expect((await page.submit({ user_code: 'MADEUP' })).error).toContain('didn’t work');
  });

  it('given an app without public client flows, when it polls, then it needs its secret', async () => {
    entra.registry.changeApp(contosoApp, { multiTenant: true });
    const device = await begin(contosoApp);
    await (await enter(device)).submit({ accept: '1' });

    const without = await poll(device.device_code, { client_id: contosoApp });
    const secret = entra.registry.sample().clientSecret;
    const good = await poll(device.device_code, { client_id: contosoApp, client_secret: secret });

    expect(without.body.error_codes).toEqual([7000218]);
    expect(good.status).toBe(200);
  });

  it('given a policy blocks the person, when they sign in for it, then the page says so', async () => {
    entra.registry.changeUser(person(entra).objectId, { conditionalAccessBlock: 53003 });

    expect((await enter(await begin())).error).toContain('AADSTS53003');
  });
});
