/** The Functions host as a child process, with the real @azure/functions in the bundle. */
import { once } from 'node:events';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { request as send, type IncomingMessage } from 'node:http';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { layOutApp, type AppFolder, type RunningHost } from '../../support/functions-host';

const limit = 100_000;
/** The sample timer runs at the start of a year. */
const year = 366 * 86_400_000;
let folder: AppFolder;
let host: RunningHost;
const env = () => ({
  TICK_SCHEDULE: '0 0 0 1 1 *',
  TERMINATED_FILE: join(folder.root, 'terminated'),
  FUNCTIONS_REQUEST_BODY_SIZE_LIMIT: String(limit),
  PUBLIC_URL: 'http://%WEBSITE_HOSTNAME%',
  'Host.CORS': 'https://app.example.com',
});

const call = (path: string, init?: RequestInit) => fetch(`${host.url}${path}`, init);
const json = async (path: string, init?: RequestInit) => (await call(path, init)).json();
const events = async (of = host) => (await fetch(`${of.url}/api/events`)).json() as Promise<any[]>;
const until = async (holds: () => boolean | Promise<boolean>) => {
  while (!(await holds())) await new Promise((resolve) => setImmediate(resolve));
};

beforeAll(async () => {
  folder = await layOutApp({ file: 'test/fixtures/functions-host-app.ts' });
  host = await folder.start({ env: env() });
});
afterAll(() => folder.remove());

describe('HTTP functions', () => {
  it('receive parameters, query, headers and body', async () => {
    const seen = await json('/api/seen/a%20b?x=1&y=2&y=3', {
      method: 'POST',
      headers: { 'x-sample': 'word', 'x-forwarded-for': '203.0.113.5' },
      body: 'the body',
    });

    expect(seen).toEqual({
      url: `${host.url}/api/seen/a%20b?x=1&y=2&y=3`,
      method: 'POST',
      params: { id: 'a b', x: '1', y: '2,3' },
      query: { x: '1', y: '3' },
      header: 'word',
      forwardedFor: expect.stringMatching(/^203\.0\.113\.5, 127\.0\.0\.1:\d+$/),
      body: 'the body',
    });
  });

  it.each([
    ['/api/seen/literal', 'literal'],
    ['/API/Seen/LITERAL', 'literal'],
    ['/api/seen/12', 'numbered'],
  ])('are chosen by the most specific route for %s: %s', async (path, body) => {
    const response = await call(path);

    expect(await response.text()).toBe(body);
  });

  it('receive the remaining path of a catch-all route', async () => {
    const seen = await json('/api/files/a/b/c.txt');

    expect(seen).toMatchObject({ params: { path: 'a/b/c.txt' } });
  });

  it.each([
    ['GET', '/api/unknown'],
    ['GET', '/seen/1'],
    ['DELETE', '/api/seen/1'],
  ])('are missing with 404 for %s %s', async (method, path) => {
    const response = await call(path, { method });

    expect(response.status).toBe(404);
  });

  it('set each cookie in its own header', async () => {
    const response = await call('/api/cookies');

    expect(response.headers.getSetCookie()).toEqual([
      'first=a%20b; Path=/; HttpOnly; Secure; SameSite=Lax',
      'second=2; Max-Age=60',
    ]);
  });

  it('return binary bodies unchanged', async () => {
    const bytes = Uint8Array.from({ length: 70_000 }, (_, index) => index % 256);

    const response = await call('/api/echo', { method: 'POST', body: bytes });

    expect(Buffer.from(await response.arrayBuffer()).equals(bytes)).toBe(true);
  });

  it.each(['with', 'without'])('fail for a body above the limit %s a length', async (length) => {
    const body = Buffer.alloc(limit + 1);
    const stream = { body: new Blob([body]).stream(), duplex: 'half' } as RequestInit;

    const response = await call('/api/echo', {
      method: 'POST',
      ...(length === 'with' ? { body } : stream),
    });

    expect(response.status).toBe(500);
  });

  it('receive a body without a length as it arrives', async () => {
    const upload = send(`${host.url}/api/first`, { method: 'POST' });
    upload.write('half');

    const [response] = (await once(upload, 'response')) as [IncomingMessage];

    expect(response.statusCode).toBe(413);
    upload.destroy();
  });

  it('state no length of their response', async () => {
    const { headers } = await call('/api/seen/literal');

    expect(headers.get('content-length')).toBeNull();
    expect(headers.get('transfer-encoding')).toBe('chunked');
  });

  it('receive no URL above 8 KiB', async () => {
    const response = await call(`/api/seen/literal?x=${'x'.repeat(8_200)}`);

    expect(response.status).toBe(414);
  });

  it('receive no OPTIONS, which belongs to the platform', async () => {
    const response = await call('/api/seen/1', { method: 'OPTIONS' });

    expect(response.status).toBe(404);
  });

  it('hide errors in the response and log them', async () => {
    const response = await call('/api/broken');

    expect([response.status, await response.text()]).toEqual([500, '']);
    await until(() => host.output().includes('the inner reason'));
    expect(host.output()).toMatch(
      /broken +failed.*\n +about to break with a \[secret\]\n +Error: the inner reason/,
    );
  });

  it('stay available after an aborted request', async () => {
    const upload = send(`${host.url}/api/echo`, { method: 'POST' });
    upload.on('error', () => undefined).write('half');
    await once(upload, 'socket');
    upload.destroy();

    const response = await call('/api/seen/literal');

    expect(response.status).toBe(200);
  });

  it('read the address of the host from settings', async () => {
    expect(await json('/api/setting')).toEqual({ publicUrl: host.url });
  });
});

describe('hooks', () => {
  it('see and change an invocation', async () => {
    const response = await call('/api/hooked');

    expect(response.status).toBe(202);
    expect(await events()).toEqual(
      expect.arrayContaining(['started', 'before', { after: { status: 202 } }]),
    );
  });
});

describe('keys', () => {
  const keyed = (path: string, key: string) => call(path, { headers: { 'x-functions-key': key } });
  const functionKey = async () =>
    (await (await keyed('/admin/host/keys', host.masterKey)).json()).keys[0].value as string;

  it('reject a missing or wrong key with 401', async () => {
    const responses = [await call('/api/guarded'), await keyed('/api/guarded', 'wrong')];

    expect(responses.map(({ status }) => status)).toEqual([401, 401]);
  });

  it('give access to functions only with the function key', async () => {
    const key = await functionKey();

    const responses = [
      await keyed('/api/guarded', key),
      await call(`/api/guarded?code=${key}`),
      await keyed('/api/administered', key),
      await keyed('/admin/host/status', key),
    ];

    expect(responses.map(({ status }) => status)).toEqual([200, 200, 401, 401]);
  });

  it('give access to everything with the master key', async () => {
    const responses = [
      await keyed('/api/guarded', host.masterKey),
      await keyed('/api/administered', host.masterKey),
      await keyed('/admin/host/status', host.masterKey),
    ];

    expect(responses.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(statSync(join(folder.dataFolder, 'function-app/keys.json')).mode & 0o777).toBe(0o600);
  });
});

describe('cross-origin requests', () => {
  it('are allowed for a listed origin', async () => {
    const headers = { origin: 'https://app.example.com', 'access-control-request-method': 'POST' };

    const preflight = await call('/api/seen/1', { method: 'OPTIONS', headers });
    const response = await call('/api/seen/1', { headers });

    expect([preflight.status, preflight.headers.get('access-control-allow-methods')]).toEqual([
      204,
      'POST',
    ]);
    expect(response.headers.get('access-control-allow-origin')).toBe('https://app.example.com');
  });
});

describe('timers', () => {
  const start = (name: string, query = '', of = host) =>
    fetch(`${of.url}/admin/functions/${name}${query}`, {
      method: 'POST',
      headers: { 'x-functions-key': of.masterKey },
    });

  it('run on request with their schedule status', async () => {
    const response = await start('tick', '?wait=true');

    expect(response.status).toBe(200);
    expect(await events()).toContainEqual({
      timer: {
        schedule: { adjustForDST: true },
        scheduleStatus: {
          last: '0001-01-01T00:00:00+00:00',
          next: expect.stringMatching(/-01-01T00:00:00.000Z$/),
          lastUpdated: expect.any(String),
        },
        isPastDue: false,
      },
    });
  });

  it('run on request without waiting', async () => {
    expect((await start('tick')).status).toBe(202);
  });

  it('reject a request for other functions or without the key', async () => {
    const keyless = await call('/admin/functions/tick', { method: 'POST' });
    const responses = [await start('unknown'), await start('echo'), keyless];

    expect(responses.map(({ status }) => status)).toEqual([404, 400, 401]);
  });

  it('run when the clock is moved past the next time', async () => {
    const before = (await events()).length;

    host.process.send({ type: 'clock', offsetMs: year });

    await until(async () => (await events()).length > before);
    expect((await events()).at(-1)).toMatchObject({ timer: { isPastDue: false } });
  });

  it('run once, past due, after a missed time', async () => {
    const own = await layOutApp({ file: 'test/fixtures/functions-host-app.ts' });
    const first = await own.start({ env: env() });
    await first.stop();

    const second = await own.start({ env: { ...env(), TICK_FAILS: '1' }, offsetMs: 5 * year });
    await until(() => second.output().includes('no tick'));
    await second.stop();
    const third = await own.start({ env: env(), offsetMs: 5 * year });

    expect(second.output().match(/tick +failed/g)).toHaveLength(1);
    expect(await events(third)).toEqual(['started']);
    await own.remove();
  });
});

describe('starting the host', () => {
  const http = (name: string, more = '') => `app.http('${name}', { handler: () => ({})${more} });`;
  const sources = {
    twins: http('twin') + http('Twin'),
    rivals: http('one', ", route: 'x/{id}'") + http('two', ", route: 'X/{other}'"),
    queue: "app.storageQueue('jobs', { queueName: 'q', connection: '', handler: () => {} });",
    bus: "app.serviceBusQueue('bus', { queueName: 'q', connection: '', handler: () => {} });",
    timer: "app.timer('tick', { schedule: '%NOT_SET%', handler: () => {} });",
    minutes: "app.timer('tick', { schedule: '*/5 * * * *', handler: () => {} });",
    buffers: `app.setup({ enableHttpStream: false }); ${http('x')}`,
    throws: "throw new Error('a broken entry');",
    hook: `${http('x')} app.hook.appStart(() => { throw new Error('a broken hook'); });`,
  };

  it.each([
    ['twins', 'Two functions are named "twin"'],
    ['rivals', 'Function "two" has the invalid route "api/X/{other}"'],
    [
      'queue',
      'Function "jobs" needs the setting AzureWebJobsStorage or AzureWebJobsStorage__queue',
    ],
    ['bus', 'Function "bus" has a serviceBusTrigger, which this host does not support'],
    ['timer', 'Function "tick" has no valid schedule: The setting NOT_SET is missing'],
    ['minutes', 'is not an NCRONTAB expression with six fields'],
    ['buffers', 'does not enable HTTP streams'],
    ['throws', 'a broken entry'],
    ['hook', 'a broken hook'],
  ] as const)('fails for an app with %s: %s', async (kind, words) => {
    const contents = `import { app } from '@azure/functions';
      app.setup({ enableHttpStream: true }); ${sources[kind]}`;
    const own = await layOutApp({ contents });

    await expect(own.start()).rejects.toThrow(words);
    await own.remove();
  });

  it('uses the next free port', async () => {
    const rival = createServer().listen(0, '127.0.0.1');
    await once(rival, 'listening');
    const { port } = rival.address() as { port: number };

    const other = await folder.start({ port, env: env() });

    expect(other.port).toBeGreaterThan(port);
    await other.stop();
    rival.close();
  });

  it('reports every function and its address', () => {
    expect(host.functions).toContainEqual({
      name: 'seen',
      trigger: 'httpTrigger',
      route: 'api/seen/{id}/{more?}',
      methods: ['GET', 'POST'],
    });
    expect(host.functions).toContainEqual({
      name: 'tick',
      trigger: 'timerTrigger',
      schedule: '0 0 0 1 1 *',
    });
  });
});

describe('stopping the host', () => {
  it('finishes running requests and runs the stop hooks', async () => {
    const own = await folder.start({ env: env() });
    const response = fetch(`${own.url}/api/slow`);
    await until(async () => (await events(own)).includes('slow began'));

    const code = await own.stop();

    expect([code, await (await response).text()]).toEqual([0, 'finished']);
    expect(readFileSync(env().TERMINATED_FILE, 'utf8')).toContain('terminated');
  });

  it('waits for a running timer', async () => {
    const own = await folder.start({ env: { ...env(), TICK_LASTS_MS: '300' } });
    const headers = { 'x-functions-key': own.masterKey };
    await fetch(`${own.url}/admin/functions/tick`, { method: 'POST', headers });

    await own.stop();

    expect(own.output()).toMatch(/tick +ok/);
  });

  it('follows the end of the parent process', async () => {
    const marker = join(folder.root, 'terminated');
    const own = await folder.start({ env: { ...env(), TERMINATED_FILE: marker } });
    const exited = once(own.process, 'exit');

    own.process.disconnect();

    expect((await exited)[0]).toBe(0);
    expect(existsSync(marker)).toBe(true);
  });
});
