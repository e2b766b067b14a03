/**
 * Endpoints under load: lists, reads and writes of connectors. Requests to storage and processor time
 * of the host do not depend on how busy the machine is.
 */
import type { Bench } from './bench';
import { sampleOf } from './memory';
import { formatMs, formatNumber } from './report';

const concurrency = 8;
/** Requests before those that are measured, which include compilation. */
const warmUps = 24;

/** Stays below the rate limits of a caller, which are not measured here. */
export async function benchHttp({ stack, api, report }: Bench): Promise<void> {
  report(`Endpoints, ${concurrency} concurrent requests`);
  const { journal } = stack;
  const created: string[] = [];
  const measure = async (name: string, times: number, call: (n: number) => Promise<unknown>) => {
    await sendAll(warmUps, 0, call);
    await stack.settle();
    const since = journal.read().at(-1)?.seq ?? 0;
    const hostId = stack.description().hostPid;
    const before = await sampleOf(hostId);
    const started = performance.now();
    const durations = await sendAll(times, warmUps, call);
    const seconds = (performance.now() - started) / 1000;
    const { processorMs } = await sampleOf(hostId);
    const stored = journal.read({ service: 'storage', since }).length;
    const p99 = durations.sort((a, b) => a - b)[Math.floor(durations.length * 0.99)]!;
    report(name, `${Math.round(times / seconds)}/s, p99 ${p99.toFixed(0)} ms`);
    report('  per request: requests to storage', formatNumber(stored / times));
    report(
      '  per request: processor time of the host',
      formatMs((processorMs - before.processorMs) / times),
    );
  };

  await measure('POST /connectors', 80, async (n) => {
    const { id } = await api.call<{ id: string }>('POST', '/api/connectors', { name: `Load ${n}` });
    created.push(id);
  });
  await measure('GET /connectors?limit=50', 300, () => api.call('GET', '/api/connectors?limit=50'));
  await measure('GET /connectors/{id}', 300, (n) =>
    api.call('GET', `/api/connectors/${created[n % created.length]}`),
  );
}

/** Sends requests `first` to `first + times - 1`. Returns the duration of each in ms. */
async function sendAll(
  times: number,
  first: number,
  call: (n: number) => Promise<unknown>,
): Promise<number[]> {
  const durations: number[] = [];
  let next = 0;
  const worker = async () => {
    while (next < times) {
      const n = first + next++;
      const begun = performance.now();
      await call(n);
      durations.push(performance.now() - begun);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  return durations;
}
