import { createHealthCheck } from '../../functions/http/health';
import { UpstreamError } from '../../functions/errors/app-error';
import { memoizeWithTtl } from '../../functions/concurrency/memoize-with-ttl';
import { callEndpoint } from '../support/call-endpoint';
import { now as aMoment } from '../support/builders';
import { testServices } from '../support/context';

afterEach(() => jest.useRealTimers());

describe('health', () => {
  it('given parts that answer, when it is asked for, then all is well', async () => {
    const services = testServices({
      checkHealth: createHealthCheck({ storage: async () => undefined }),
    });

    const answer = await callEndpoint('getHealth', { services });

    expect(answer).toMatchObject({ status: 200, json: { status: 'healthy' } });
  });

  it('given a part that fails, when it is asked for, then it is named, and its secrets are not', async () => {
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

  it('given a part that never answers, when it is asked for, then that is said in time', async () => {
    jest.useFakeTimers();
    const asking = createHealthCheck({ storage: () => new Promise(() => {}) })();

    await jest.advanceTimersByTimeAsync(5_000);

    expect((await asking)[1]).toEqual({ name: 'storage', ok: false, detail: 'no answer' });
  });
});

describe('a value that is remembered', () => {
  it('given ten that ask at once, when it is known, then it was asked for once, until it is old', async () => {
    let [asked, time] = [0, aMoment.getTime()];
    const value = memoizeWithTtl(
      async () => ++asked,
      () => new Date(time),
    );

    const first = await Promise.all(Array.from({ length: 10 }, value));
    time += 15 * 60_000;
    const second = await value();

    expect([new Set(first).size, second]).toEqual([1, 2]);
  });

  it('given a failure, when it is asked for again, then it is not remembered', async () => {
    let asked = 0;
    const value = memoizeWithTtl(
      async () => {
        if (++asked === 1) throw new Error('not now');
        return asked;
      },
      () => aMoment,
    );

    await expect(value()).rejects.toThrow('not now');
    await expect(value()).resolves.toBe(2);
  });
});
