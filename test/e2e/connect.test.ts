/** Every method to connect, over plain HTTP and in a browser. No secret may remain outside of Key Vault. */
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { browserProgram, openBrowser } from './support/browser';
import { until } from '../support/until';
import { startRunningStack, type RunningStack } from './support/stack';
import { createConnector, untilTerminal, startSync } from './support/journey';
import { fireTimer } from './support/timers';
import { blockedByConnection } from '../../infra/local/key-vault/vault-error';
import { allRows } from './support/tables';

let stack: RunningStack;
/** The body of every response. */
const responses: string[] = [];
beforeAll(async () => {
  const started = await startRunningStack({ workers: 2, storageOnDisk: true });
  stack = {
    ...started,
    async call(method, path, options) {
      const response = await started.call<any>(method, path, options);
      responses.push(JSON.stringify(response.body ?? ''));
      return response;
    },
  };
});
afterAll(async () => {
  await stack.stop();
  await stack.removeData();
});

const post = (id: string, what: string, body: object = {}) =>
  stack.call('POST', `/api/connectors/${id}/${what}`, { body });
const get = async (id: string, what = '') =>
  (await stack.call('GET', `/api/connectors/${id}${what}`)).body;

async function sample() {
  const { sample } = await stack.description();
  const user = (name: string) => sample.users.find(({ username }) => username.startsWith(name))!;
  return { ...sample, ada: user('ada'), grace: user('grace'), edgar: user('edgar') };
}

async function password(role: 'ada' | 'grace' | 'edgar' = 'ada') {
  const { tenantId, clientId, clientSecret, ...users } = await sample();
  const { username, password } = users[role];
  return {
    method: 'username_password',
    tenantId,
    clientId,
    clientSecret,
    username,
    password,
  };
}

async function expectSyncSucceeds(connectorId: string) {
  const run = await untilTerminal(stack, await startSync(stack, connectorId));
  expect(run).toMatchObject({ status: 'succeeded' });
}

/** Submits the form of an Entra page with its hidden fields. */
async function submit(page: Response, fill: Record<string, string>): Promise<Response> {
  const html = (await page.text()).replaceAll('&amp;', '&').replaceAll('&quot;', '"');
  const [, action = ''] = /<form[^>]*action="([^"]*)"/.exec(html) ?? [];
  const hidden = [...html.matchAll(/<input[^>]*type="hidden"[^>]*>/g)].map(([input]) => [
    /name="([^"]*)"/.exec(input)![1]!,
    /value="([^"]*)"/.exec(input)?.[1] ?? '',
  ]);
  return fetch(new URL(action, page.url), {
    method: 'POST',
    body: new URLSearchParams({ ...Object.fromEntries(hidden), ...fill }),
  });
}

const untilSessionEnds = (id: string, sid: string) =>
  until(async () => {
    const session = await get(id, `/device-sessions/${sid}`);
    return session.status !== 'pending' && session;
  }, 'the device sign-in has ended');

async function expectConnectedBy(id: string, sid: string) {
  expect(await untilSessionEnds(id, sid)).toMatchObject({
    status: 'succeeded',
    outcome: { code: 'ok' },
  });
  expect(await get(id)).toMatchObject({ status: 'connected', connectedWith: 'device_code' });
}

const inABrowser = browserProgram ? it : it.skip;
if (!browserProgram)
  console.warn('No browser was found on this machine: the browser test is skipped.');

describe('the connection endpoints', () => {
  it('rotates, tests, disconnects and reconnects client credentials', async () => {
    const { clientId, tenantId, clientSecret } = await sample();
    const id = await createConnector(stack, 'client credentials');
    await post(id, 'credentials', {
      method: 'client_credentials',
      clientId,
      tenantId,
      clientSecret,
    });

    const rotated = await post(id, 'credentials/rotate', { clientSecret });
    const tested = await post(id, 'test');
    const ended = await post(id, 'disconnect');
    const again = await post(id, 'credentials', {
      method: 'client_credentials',
      clientId,
      tenantId,
      clientSecret,
    });

    expect(rotated.body).toMatchObject({
      status: 'connected',
      credentials: { secret: { set: true, hint: clientSecret.slice(0, 3) } },
    });
    expect(tested.body.steps).toMatchObject([
      { name: 'token', ok: true },
      { name: 'resource_manager', ok: true },
      { name: 'factories', ok: true },
    ]);
    expect(ended.body).toMatchObject({ connector: { status: 'unconnected' } });
    // Key Vault reserves the deleted name, so the secret has another one.
    expect(again).toMatchObject({ status: 200, body: { status: 'connected' } });
    await expectSyncSucceeds(id);
  });

  it('keeps a credential as pending while Key Vault is closed', async () => {
    const { clientId, tenantId, clientSecret } = await sample();
    const id = await createConnector(stack, 'closed vault');
    const credentials = { method: 'client_credentials', clientId, tenantId, clientSecret };
    await post(id, 'credentials', credentials);
    const { status, body: closed } = blockedByConnection().toResponse();
    await stack.control('POST', '/faults', {
      service: 'key-vault',
      kind: 'status',
      status,
      body: closed,
      path: `cn-${id}-`,
    });

    const ended = await post(id, 'disconnect');

    expect(ended).toMatchObject({ status: 200, body: { credentialRemoved: false } });
    await stack.control('DELETE', '/faults');
    await stack.control('POST', '/clock', { advanceSeconds: 61 });
    await fireTimer(stack, 'maintainConnections');
    expect((await get(id, '')).warnings).toEqual([]);
    const events = (await get(id, '/events?limit=3')).items as { type: string }[];
    expect(events.map(({ type }) => type)).toContain('credentials.removed');
  });

  it('connects with a user name and password, and syncs', async () => {
    const id = await createConnector(stack, 'password');

    const { status, body } = await post(id, 'credentials', await password());

    expect(status).toBe(200);
    expect(body).toMatchObject({
      status: 'connected',
      connectedWith: 'username_password',
      warnings: [{ code: 'service_account_recommended' }],
    });
    await expectSyncSucceeds(id);
  });

  it('refers a user with a second factor to the device code', async () => {
    const id = await createConnector(stack, 'second factor');

    const { status, body } = await post(id, 'credentials', await password('grace'));

    expect(status).toBe(422);
    expect(body).toMatchObject({
      code: 'mfa_required',
      action: { href: `/api/connectors/${id}/device-sessions` },
      upstream: { code: 'AADSTS50076' },
    });
    expect((await stack.call('POST', body.action.href, { body: {} })).status).toBe(201);
    expect((await get(id, '/attempts')).items).toMatchObject([
      { method: 'device_code', status: 'pending' },
      { method: 'username_password', status: 'failed', outcome: { code: 'mfa_required' } },
    ]);
  });

  it('does not call Entra for an hour after three wrong passwords', async () => {
    const id = await createConnector(stack, 'wrong passwords');
    const other = await createConnector(stack, 'another connector');
    // Tries count per account, so no other test uses this one.
    const right = await password('edgar');
    for (const n of [1, 2, 3]) {
      const wrong = { ...right, password: `canary-wrong-password-${n}` };
      expect((await post(id, 'credentials', wrong)).body.code).toBe('bad_password');
    }
    const seen = async () => (await stack.control<any[]>('GET', '/journal?service=entra')).length;
    const before = await seen();

    for (const connectorId of [id, other]) {
      const { status, body, headers } = await post(connectorId, 'credentials', right);

      expect([status, body.code]).toEqual([429, 'password_attempts_exceeded']);
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(3_000);
    }
    expect(await seen()).toBe(before);
  });

  it('connects with a device code through a plain HTTP client', async () => {
    const { ada } = await sample();
    const id = await createConnector(stack, 'device by hand');
    const { status, body } = await post(id, 'device-sessions');
    expect(status).toBe(201);

    let page = await submit(await fetch(body.verificationUri), { user_code: body.userCode });
    page = await submit(page, { username: ada.username, password: ada.password });
    await submit(page, { accept: '1' });

    expect(await untilSessionEnds(id, body.id)).toMatchObject({
      status: 'succeeded',
      outcome: { code: 'ok' },
    });
    expect(await get(id)).toMatchObject({
      connectedWith: 'device_code',
      account: { username: ada.username },
    });
    await expectSyncSucceeds(id);
  });

  inABrowser('connects with a device code through a real browser', async () => {
    const { ada } = await sample();
    const id = await createConnector(stack, 'device in a browser');
    const { body } = await post(id, 'device-sessions');
    const browser = await openBrowser();
    try {
      const page = await browser.newPage();
      await page.goto(body.verificationUri);
      await page.fill('[name=user_code]', body.userCode);
      await page.click('[name=submit]');
      await page.fill('[name=username]', ada.username);
      await page.fill('[name=password]', ada.password);
      await page.click('[name=submit]');
      await page.click('[name=accept]');
      await page.getByText('signed in').first().waitFor();
    } finally {
      await browser.close();
    }

    await expectConnectedBy(id, body.id);
  });

  it('cancels a device code and deletes it from Key Vault', async () => {
    const id = await createConnector(stack, 'device cancelled');
    const { body } = await post(id, 'device-sessions');

    const { status } = await stack.call(
      'DELETE',
      `/api/connectors/${id}/device-sessions/${body.id}`,
    );

    expect(status).toBe(204);
    expect((await get(id, `/device-sessions/${body.id}`)).status).toBe('cancelled');
    await until(
      async () => !(await inVault(`dc-${body.id}`)),
      'the device code is gone from the vault',
    );
  });

  it('expires a device code that is not used', async () => {
    const id = await createConnector(stack, 'device expired');
    const { body } = await post(id, 'device-sessions');

    await stack.control('POST', '/clock', { advanceSeconds: 901 });

    try {
      expect(await untilSessionEnds(id, body.id)).toMatchObject({
        status: 'expired',
        outcome: { code: 'session_expired' },
      });
      await until(
        async () => !(await inVault(`dc-${body.id}`)),
        'the device code is gone from the vault',
      );
    } finally {
      await stack.control('POST', '/clock', { offsetSeconds: 0 });
    }
  });
});

describe('the stack after these connections', () => {
  it('holds no secret in tables, files, log and responses', async () => {
    const { ada, grace, clientSecret } = await sample();
    const stored = (await vaultSecrets()).filter(({ name }) => /^(dc|cn)-/.test(name));
    const secrets = [
      ada.password,
      grace.password,
      clientSecret,
      'canary-wrong-password',
      ...stored.flatMap(({ versions }) => versions.map(({ value }) => value)),
    ];
    expect(stored.filter(({ name }) => name.startsWith('dc-')).length).toBeGreaterThan(3);

    const tables = JSON.stringify([...(await allRows(await stack.description()))]);
    const files = await filesOf(stack.dataFolder);
    const text = [tables, files, stack.output(), ...responses].join('\n');

    for (const secret of secrets) expect(text.includes(secret)).toBe(false);
    // Proves that the search reads tables and files.
    expect(tables).toContain(ada.username);
    expect(files).toContain('deviceFlow');
  });
});

interface VaultSecret {
  readonly name: string;
  readonly versions: readonly { readonly value: string }[];
  readonly deleted?: object;
}

/** Secrets in Key Vault, including deleted ones. */
async function vaultSecrets(): Promise<readonly VaultSecret[]> {
  const entries = await readdir(stack.dataFolder, { recursive: true, withFileTypes: true });
  const file = entries.find(({ name }) => /^key-vault.*\.json$/.test(name))!;
  return JSON.parse(await readFile(join(file.parentPath, file.name), 'utf8')) as VaultSecret[];
}

const inVault = async (name: string) =>
  (await vaultSecrets()).some((secret) => secret.name === name && !secret.deleted);

/** All files except those of Key Vault and Entra, and stack.json. */
async function filesOf(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile() && !/key-vault|entra\.json|stack\.json/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
  return (await Promise.all(files.map((file) => readFile(file, 'latin1')))).join('\n');
}
