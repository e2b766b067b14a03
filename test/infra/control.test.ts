import { request } from 'node:http';
import {
  startControlServer,
  AfterResponse,
  ControlError,
  type ControlRoutes,
} from '../../infra/local/control/control-server';
import { createClock } from '../../infra/local/emulator/clock';
import { createFaults } from '../../infra/local/emulator/faults';
import { createJournal } from '../../infra/local/emulator/journal';
import type { RunningServer, EmulatorContext } from '../../infra/local/emulator/server';
import { createControlRoutes, type ControlTargets } from '../../infra/local/control/control-routes';

const running: RunningServer[] = [];
afterAll(() => Promise.all(running.map((control) => control.stop())));

async function start(controls: ControlRoutes, settle?: () => Promise<void>) {
  const control = await startControlServer(controls, settle);
  running.push(control);
  return async (route: string, body?: unknown) => {
    const [method, path] = route.split(' ');
    const response = await fetch(`${control.url}${path}`, {
      method: method!,
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as any };
  };
}

/** Control routes without emulators. */
async function startRoutes(stop = () => {}) {
  const context = {
    clock: createClock(),
    journal: createJournal(),
    faults: createFaults(),
  } as EmulatorContext;
  const entra = { registry: {} };
  const parts = { context, entra, resourceManager: {}, restartHost: async () => {}, stop };
  return { ...context, send: await start(createControlRoutes(parts as unknown as ControlTargets)) };
}

describe('startControlServer', () => {
  const echo: ControlRoutes = {
    'PUT /factories/{name}': ({ params, body }) => ({ ...params, body }),
    'POST /refused': () => {
      throw new ControlError('No such factory.');
    },
    'POST /broken': () => {
      throw new Error('bug');
    },
  };

  it('lists its routes at the root', async () => {
    const send = await start(echo);

    expect(await send('GET /')).toEqual({ status: 200, body: { routes: Object.keys(echo) } });
  });

  it('passes route parameters and body to the handler', async () => {
    const send = await start(echo);

    const { body } = await send('PUT /factories/sales%20eu', { folder: 'x' });

    expect(body).toEqual({ name: 'sales eu', body: { folder: 'x' } });
  });

  it.each([
    ['an unknown route', 'GET /nowhere', undefined, 404],
    ['another method', 'DELETE /factories/sales', undefined, 404],
    ['a body that is not JSON', 'PUT /factories/sales', '{', 400],
    ['a body that is too large', 'PUT /factories/sales', 'x'.repeat(1_000_001), 400],
    ['an invalid percent-encoding', 'PUT /factories/%zz', {}, 400],
    ['a request that is not valid', 'POST /refused', {}, 400],
    ['a bug', 'POST /broken', {}, 500],
  ])('reports %s', async (_, route, body, status) => {
    const send = await start(echo);

    const response = await send(route, body);

    expect(response).toMatchObject({ status, body: { error: expect.any(String) } });
  });

  it.each([
    ['a web page', { origin: 'https://evil.example' }],
    ['a local web page', { origin: 'http://127.0.0.1:3000' }],
    ['a foreign host name', { host: 'evil.example' }],
    ['a host name with a local prefix', { host: '127.0.0.1.evil.example' }],
  ])('rejects %s', async (_, headers) => {
    await start(echo);

    const status = await new Promise((resolve, reject) => {
      request(running.at(-1)!.url, { headers }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .on('error', reject)
        .end();
    });

    expect(status).toBe(403);
  });

  it('settles other processes before and after each request', async () => {
    const happened: string[] = [];
    const send = await start(
      { 'POST /faults': () => void happened.push('handled') },
      async () => void happened.push('settled'),
    );

    await send('POST /faults', {});

    expect(happened).toEqual(['settled', 'handled', 'settled']);
  });

  it('responds before it runs work that ends the server', async () => {
    let ended: Promise<void> | undefined;
    const send = await start({
      'POST /stop': () => new AfterResponse(() => void (ended = running.at(-1)!.stop())),
    });

    expect(await send('POST /stop')).toEqual({ status: 202, body: { done: true } });

    await ended;
    await expect(send('GET /')).rejects.toThrow('fetch failed');
  });
});

describe('createControlRoutes', () => {
  it('activates a fault with defaults', async () => {
    const { send, faults } = await startRoutes();

    const { body } = await send('POST /faults', { service: 'graph', kind: 'status', count: 2 });

    expect(body).toMatchObject([{ service: 'graph', path: '.*', rate: 1, status: 503, count: 2 }]);
    expect(faults.draw('graph', 'GET', '/v1.0/me')).toMatchObject({ kind: 'status' });
  });

  it.each([
    ['an unknown service', { service: 'mail', kind: 'reset' }, 'service'],
    ['an unknown field', { service: 'graph', kind: 'reset', often: true }, undefined],
    ['a rate above one', { service: 'graph', kind: 'reset', rate: 2 }, 'rate'],
    [
      'a path that is not a regular expression',
      { service: 'graph', kind: 'reset', path: '(' },
      'path',
    ],
    ['no body', undefined, undefined],
  ])('names the invalid field of a fault: %s', async (_, body, field) => {
    const { send, faults } = await startRoutes();

    const response = await send('POST /faults', body);

    expect(response.status).toBe(400);
    expect(response.body.issues[0].path).toEqual(field === undefined ? [] : [field]);
    expect(faults.list()).toEqual([]);
  });

  it('deletes the faults of one service only', async () => {
    const { send } = await startRoutes();
    await send('POST /faults', { service: 'graph', kind: 'reset' });
    await send('POST /faults', { service: 'storage', kind: 'reset' });

    await send('DELETE /faults?service=graph');

    expect((await send('GET /faults')).body).toMatchObject([{ service: 'storage' }]);
  });

  it('filters the journal by service and position', async () => {
    const { send, journal } = await startRoutes();
    const entry = { at: '', method: 'GET', path: '/', status: 200, durationMs: 1 };
    for (const service of ['storage', 'graph', 'storage'] as const)
      journal.record({ ...entry, service });

    const { body } = await send('GET /journal?service=storage&since=1');

    expect(body).toEqual([{ ...entry, service: 'storage', seq: 3 }]);
    await send('DELETE /journal');
    expect((await send('GET /journal')).body).toEqual([]);
    expect((await send('GET /journal?since=soon')).status).toBe(400);
  });

  it.each([
    [{ offsetSeconds: 3600 }, 3600],
    [{ advanceSeconds: -60 }, -60],
  ])('moves the clock by %j', async (body, offsetSeconds) => {
    const { send, clock } = await startRoutes();

    expect((await send('POST /clock', body)).body).toMatchObject({ offsetSeconds });

    expect(clock.offsetMs).toBe(offsetSeconds * 1000);
  });

  it('sets the clock to a time', async () => {
    const { send } = await startRoutes();

    await send('POST /clock', { now: '2030-01-01T00:00:00Z' });

    expect((await send('GET /clock')).body.now).toMatch(/^2030-01-01T00:00:0/);
  });

  it('stops the stack', async () => {
    const stop = jest.fn();
    const { send } = await startRoutes(stop);

    expect((await send('POST /stop')).status).toBe(202);

    expect(stop).toHaveBeenCalledTimes(1);
  });
});
