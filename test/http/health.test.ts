import { createHealthCheck } from '../../functions/http/health';
import { UpstreamError } from '../../functions/errors/app-error';
import { callEndpoint } from '../support/call-endpoint';
import { testContext, testServices } from '../support/context';

afterEach(() => jest.useRealTimers());

describe('getHealth', () => {
  it('responds healthy when every dependency responds', async () => {
    const services = testServices({
      checkHealth: createHealthCheck({ storage: async () => undefined }),
    });

    const response = await callEndpoint('getHealth', { services });

    expect(response).toMatchObject({ status: 200, json: { status: 'healthy' } });
  });

  it('asks the dependencies once in five seconds', async () => {
    let calls = 0;
    const { services, wait } = testContext({
      checkHealth: async () => [{ name: `call ${++calls}`, ok: true }],
    });
    const ask = () => callEndpoint('getHealth', { services });

    await Promise.all([ask(), ask(), ask()]);
    wait(4);
    const shared = await ask();
    wait(2);
    const fresh = await ask();

    expect(shared.json.checks).toEqual([{ name: 'call 1', ok: true }]);
    expect(fresh.json.checks).toEqual([{ name: 'call 2', ok: true }]);
  });

  it('names a failed dependency without its secrets', async () => {
    const failure = new UpstreamError('storage_unavailable', 'AccountKey=abc', true);
    const services = testServices({
      checkHealth: createHealthCheck({
        storage: () => Promise.reject(failure),
        'key vault': () => Promise.reject(new Error('the key is 1234')),
      }),
    });

    const { status, json } = await callEndpoint('getHealth', { services });

    expect(status).toBe(503);
    expect(json.checks).toEqual([
      { name: 'configuration', ok: true },
      { name: 'storage', ok: false, detail: 'storage_unavailable' },
      { name: 'key vault', ok: false, detail: 'failed' },
    ]);
  });

  it('reports a dependency that does not respond in time', async () => {
    jest.useFakeTimers();
    const checks = createHealthCheck({ storage: () => new Promise(() => {}) })();

    await jest.advanceTimersByTimeAsync(5_000);

    expect((await checks)[1]).toEqual({ name: 'storage', ok: false, detail: 'no response' });
  });
});

describe('getReadiness', () => {
  it.each([
    [200, [{ name: 'storage', ok: true }]],
    [503, [{ name: 'storage', ok: false }]],
    [503, [{ name: 'key vault', ok: false }]],
    // Requests are served without it; background work is not.
    [200, [{ name: 'app sign-in', ok: false }]],
  ])('responds with %i if the checks are %j', async (expected, checks) => {
    const services = testServices({ checkHealth: async () => checks });

    const { status, json } = await callEndpoint('getReadiness', { services });

    expect([status, json.status]).toEqual([expected, expected === 200 ? 'ready' : 'not_ready']);
  });
});
