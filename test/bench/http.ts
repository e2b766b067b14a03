/** Endpoints under load: lists, reads and writes of connectors, and Azurite's share of the time. */
import type { Bench } from './bench';

const concurrency = 8;

/** Stays below the rate limits of a caller, which are not measured here. */
export async function benchHttp({ stack: { journal }, api, report }: Bench): Promise<void> {
  report(`Endpoints, ${concurrency} concurrent requests`);
  const created: string[] = [];
  const measure = async (name: string, times: number, call: (n: number) => Promise<unknown>) => {
    const since = journal.read().at(-1)?.seq ?? 0;
    const durations: number[] = [];
    let next = 0;
    const worker = async () => {
      while (next < times) {
        const n = next++;
        const begun = performance.now();
        await call(n);
        durations.push(performance.now() - begun);
      }
    };
    const started = performance.now();
    await Promise.all(Array.from({ length: concurrency }, worker));
    const seconds = (performance.now() - started) / 1000;
    const stored = journal
      .read({ service: 'storage', since })
      .reduce((sum, entry) => sum + entry.durationMs, 0);
    const spent = durations.reduce((sum, ms) => sum + ms, 0);
    const p99 = durations.sort((a, b) => a - b)[Math.floor(durations.length * 0.99)]!;
    report(
      name,
      `${Math.round(times / seconds)}/s, p99 ${p99.toFixed(0)} ms, in Azurite ${Math.round((100 * stored) / spent)} %`,
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
