/** Lifetime and revocation of refresh tokens in the Entra emulator, with a moved clock. */
import { readFile, stat } from 'node:fs/promises';
import { startEntra, type Entra } from '../../../infra/local/entra/entra';
import {
  arm,
  requestToken,
  contoso,
  contosoApp,
  passwordForm,
  person,
  refreshForm,
} from '../../support/entra-browser';
import {
  certificatesFolder,
  testEmulatorContext,
  type TestEmulatorContext,
} from '../../support/emulator-context';

const day = 86_400_000;
let emulatorContext: TestEmulatorContext;
let entra: Entra;
beforeEach(async () => {
  emulatorContext = await testEmulatorContext();
  entra = await startEntra(emulatorContext);
});
afterEach(async () => {
  await entra.stop();
  await emulatorContext.remove();
});

async function grant(): Promise<string> {
  const { body } = await requestToken(entra, passwordForm(entra));
  return body.refresh_token as string;
}

const refresh = (token: string) => requestToken(entra, refreshForm(entra, token));
const ada = () => person(entra).objectId;

describe('a refresh token', () => {
  it('stays valid after it was used', async () => {
    const old = await grant();
    const { body } = await refresh(old);

    const again = [await refresh(old), await refresh(body.refresh_token as string)];

    expect(body.refresh_token).not.toBe(old);
    expect(again.map(({ status }) => status)).toEqual([200, 200]);
  });

  it('lives beyond 90 days if renewed in time', async () => {
    const first = await grant();
    emulatorContext.clock.shiftTo(80 * day);
    const second = (await refresh(first)).body.refresh_token as string;
    emulatorContext.clock.shiftTo(160 * day);

    expect((await refresh(second)).status).toBe(200);
  });

  it('expires after 90 days without use', async () => {
    const token = await grant();
    emulatorContext.clock.shiftTo(91 * day);

    const { status, body } = await refresh(token);

    expect(status).toBe(400);
    expect(body).toMatchObject({
      error: 'invalid_grant',
      error_codes: [700082],
      suberror: 'bad_token',
    });
  });

  it.each<[number, string, () => void]>([
    [50173, 'sessions were revoked', () => entra.registry.revokeSessions(ada())],
    [50173, 'the password was changed', () => entra.registry.setPassword(ada(), 'Another-1')],
    [50057, 'the account was disabled', () => entra.registry.changeUser(ada(), { disabled: true })],
    [50076, 'MFA is required now', () => entra.registry.changeUser(ada(), { mfa: 'required' })],
    [
      53003,
      'a policy blocks',
      () => entra.registry.changeUser(ada(), { conditionalAccessBlock: 53003 }),
    ],
    [
      65001,
      'consent was withdrawn',
      () => entra.registry.withdrawConsents(contosoApp, contoso.tenantId),
    ],
    [
      7000112,
      'the app was disabled',
      () => entra.registry.changeApp(contosoApp, { disabled: true }),
    ],
    [700016, 'the app was removed', () => entra.registry.removeApp(contosoApp)],
    [
      7000222,
      'the secret expired',
      () => entra.registry.changeApp(contosoApp, { secrets: expired() }),
    ],
  ])('fails with AADSTS%i after %s', async (code, _, change) => {
    const [token, form] = [await grant(), refreshForm(entra, '')];
    change();

    const { body } = await requestToken(entra, { ...form, refresh_token: token });

    expect(body.error_codes).toEqual([code]);
  });

  const expired = () =>
    entra.registry
      .app(contosoApp)
      .secrets.map((secret) => ({ ...secret, endDateTime: new Date(0).toISOString() }));

  it('fails after the sign-in frequency despite renewals', async () => {
    const first = await grant();
    entra.registry.changeUser(ada(), { signInFrequencySeconds: 3_600 });
    emulatorContext.clock.shiftTo(3_000_000);
    const second = (await refresh(first)).body.refresh_token as string;
    emulatorContext.clock.shiftTo(4_000_000);

    const { body } = await refresh(second);

    expect(body.error_codes).toEqual([70043]);
  });

  it('is rejected if invented or of another app', async () => {
    const { clientId, secrets } = entra.registry.addApp({
      tenantId: contoso.tenantId,
      displayName: 'Another app',
      secrets: [entra.registry.addSecret(contosoApp)],
    });
    const theirs = { client_id: clientId, client_secret: secrets[0]!.value };

    const made = await refresh('1.made-up');
    const stolen = await requestToken(entra, { ...refreshForm(entra, await grant()), ...theirs });

    expect(made.body.error_codes).toEqual([70000]);
    expect(stolen.body.error_codes).toEqual([70000]);
  });

  it('is rejected at the endpoint of another tenant', async () => {
    entra.registry.changeApp(contosoApp, { multiTenant: true });
    const form = refreshForm(entra, await grant());

    const { body } = await requestToken(entra, form, '0f0e1d2c-0000-4000-8000-00000000ad0f');

    expect(body.error_codes).toEqual([50020]);
  });

  it('defaults to the scope of its first request', async () => {
    const { scope: _, ...form } = refreshForm(entra, await grant());

    const { body } = await requestToken(entra, form);

    expect(body.scope).toContain(arm);
  });
});

describe('a restarted Entra emulator', () => {
  it('accepts tokens from before the restart', async () => {
    const audience = entra.env['API_CLIENT_ID']!;
    const before = {
      url: entra.url,
      sample: entra.registry.sample(),
      header: entra.env['IDENTITY_HEADER'],
    };
    const apiToken = await entra.issueApiToken({
      tenantId: contoso.tenantId,
      objectId: ada(),
      displayName: 'Ada',
      roles: ['Owner'],
    });
    const refreshToken = await grant();
    entra.registry.changeUser(person(entra, 'edgar').objectId, { locked: true });

    await entra.stop();
    entra = await startEntra(emulatorContext);

    expect(await entra.verify(`Bearer ${apiToken}`, [audience])).toMatchObject({ oid: ada() });
    expect((await refresh(refreshToken)).status).toBe(200);
    expect(entra.url).toBe(before.url);
    expect(entra.registry.sample()).toEqual(before.sample);
    expect(entra.env['IDENTITY_HEADER']).toBe(before.header);
    expect(entra.registry.user('edgar@contoso.example').locked).toBe(true);
  });

  it('uses another port if the previous one is taken', async () => {
    const { url } = entra;
    const other = await startEntra(emulatorContext);

    expect(other.url).not.toBe(url);
    await other.stop();
  });

  it('stores no token, and state for its owner only', async () => {
    const token = await grant();
    await entra.stop();

    const file = `${emulatorContext.dataFolder}/entra.json`;
    const text = await readFile(file, 'utf8');

    for (const owned of [file, `${certificatesFolder}/certificates/signing-key.json`])
      expect((await stat(owned)).mode & 0o777).toBe(0o600);
    expect(text).not.toContain(token);
  });
});
