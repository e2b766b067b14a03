/** Progress of a long sync: it never shrinks, names the current work, and ends with exact numbers. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { numbered, upTo, writeFactory } from './support/factory-files';
import { until } from '../support/until';
import { startRunningStack, type RunningStack } from './support/stack';
import { all, connectWithSecret, createConnector, isTerminal, startSync } from './support/journey';
import { rowsOf } from './support/tables';

const names = ['alpha', 'bravo', 'charlie', 'delta', 'echo', 'foxtrot'];

let stack: RunningStack;
let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'adf-connect-progress-'));
  for (const name of names)
    await writeFactory(join(root, name), numbered({ pipelines: upTo(120), datasets: upTo(250) }));
  stack = await startRunningStack({
    workers: 2,
    arguments: names.flatMap((name) => ['--factories', join(root, name)]),
  });
});
afterEach(async () => {
  await stack.control('DELETE', '/scenarios');
  await stack.control('POST', '/latency', { ms: 0 });
});
afterAll(async () => {
  await stack.stop();
  await stack.removeData();
  await rm(root, { recursive: true, force: true });
});

interface PollResult {
  readonly seen: any[];
  /** Number of responses with status 304. */
  readonly unchanged: number;
}

/**
 * Polls as a page with a progress bar does: a few times a second, with the etag of the last
 * response. The clock of the stack runs faster, because a rate needs some seconds of work.
 */
async function pollUntilTerminal(run: string): Promise<PollResult> {
  const seen: any[] = [];
  let tag: string | null = null;
  let unchanged = 0;
  let polls = 0;
  await until(async () => {
    if (++polls % 5 === 0) await stack.control('POST', '/clock', { advanceSeconds: 1 });
    const headers = tag === null ? {} : { 'if-none-match': tag };
    const response = await stack.call('GET', run, { headers }).catch(unlessUnreachable);
    if (response?.status === 304) unchanged++;
    if (response?.status === 200) {
      tag = response.headers.get('etag');
      seen.push(response.body);
    }
    return seen.length > 0 && isTerminal(seen.at(-1));
  }, 'the sync run is terminal');
  return { seen, unchanged };
}

/** A killed host is unreachable for a moment. */
function unlessUnreachable(error: unknown): undefined {
  if ((error as Error).message !== 'fetch failed') throw error;
}

async function startSlowSync(name: string, latencyMs = 60): Promise<string> {
  const connectorId = await createConnector(stack, name);
  await connectWithSecret(stack, connectorId);
  await stack.control('POST', '/latency', { ms: latencyMs });
  return startSync(stack, connectorId);
}

const sumOf = (counts: any, of: string) =>
  Object.values<any>(counts).reduce((sum, tally) => sum + tally[of], 0);

describe('the progress of a long sync', () => {
  let polled: PollResult;
  let run: string;
  beforeAll(async () => {
    run = await startSlowSync('watched', 100);
    polled = await pollUntilTerminal(run);
  });

  it('only ever grows, and is 100 percent at the end only', () => {
    const { seen } = polled;

    for (const of of [
      'done',
      'percent',
      'resources.read',
      'resources.written',
      'runs.pipelineRuns',
    ]) {
      const values = seen.map(
        ({ progress }) => of.split('.').reduce((value, name) => value?.[name], progress) ?? 0,
      );
      expect({ of, values }).toEqual({ of, values: values.toSorted((a, b) => a - b) });
    }
    expect(seen.filter(({ progress }) => progress.percent === 100)).toHaveLength(1);
    expect(seen.length).toBeGreaterThan(5);
  });

  it('reports discovery, lists and run history in this order', () => {
    const phases = polled.seen.map(({ progress }) => progress.phase);

    const inOrder = phases.filter((phase, n) => phase !== phases[n - 1]);

    expect(inOrder.join(' ')).toMatch(/^(queued )?(discovering )?reading run_history finished$/);
  });

  it('reports each factory as active and as finished', () => {
    const states = new Set(
      polled.seen.flatMap(({ factories }) =>
        factories.map((each: any) => `${each.name} ${each.status}`),
      ),
    );

    for (const name of names) expect(states).toContain(`${name} succeeded`);
    expect([...states].filter((each) => each.endsWith('reading')).length).toBeGreaterThan(3);
    expect(
      [...states].filter((each) => each.endsWith('reading_run_history')).length,
    ).toBeGreaterThan(0);
    expect(polled.seen.some(({ progress }) => progress.factories.queued > 0)).toBe(true);
    expect(
      polled.seen.some(
        ({ status, factories }) =>
          status === 'running' && factories.some((each: any) => each.status === 'succeeded'),
      ),
    ).toBe(true);
  });

  it('reports rate and ETA while active, and no ETA at the end', () => {
    const estimates = polled.seen.flatMap(({ progress }) => progress.estimatedEndAt ?? []);
    const rates = polled.seen.flatMap(({ progress }) => progress.resourcesPerSecond ?? []);
    const { progress, startedAt } = polled.seen.at(-1);

    expect(estimates.length).toBeGreaterThan(0);
    expect(estimates.filter((each) => each < startedAt)).toEqual([]);
    expect(Math.max(...rates)).toBeGreaterThan(0);
    expect(progress).not.toHaveProperty('estimatedEndAt');
  });

  it('responds with 304 to polls between two reports', () => {
    // Each of two workers reports once a second.
    expect(polled.unchanged).toBeGreaterThan(5);
  });

  it('ends with the exact tallies and deletes the progress rows', async () => {
    const { progress, counts, factories } = polled.seen.at(-1);
    const listed = await all<any>(stack, `${run}/factories?limit=4`);
    const { body: history } = await stack.call('GET', run.slice(0, run.lastIndexOf('/')));
    const rows = await rowsOf(await stack.description(), 'syncRuns');

    expect(progress.resources).toEqual({
      read: sumOf(counts, 'read'),
      written: sumOf(counts, 'written'),
    });
    expect(factories.reduce((sum: number, each: any) => sum + each.resources.read, 0)).toBe(
      progress.resources.read,
    );
    expect(counts.dataset.read).toBe(250 * names.length);
    expect(listed.map(({ name }) => name)).toEqual(names);
    expect(history.items[0]).toMatchObject({ counts, durationMs: expect.any(Number) });
    expect(rows.filter(({ rowKey }) => /\|(worker|end)\|/.test(String(rowKey)))).toEqual([]);
  });
});

describe('the progress of a sync whose host dies', () => {
  it('keeps its progress and ends with exact counts', async () => {
    const run = await startSlowSync('killed');
    const polling = pollUntilTerminal(run);
    await until(
      async () => (await stack.call('GET', run)).body.progress.done > 20,
      'lists are read',
    );

    await stack.killHost();
    const { seen } = await polling;

    const { status, progress, counts } = seen.at(-1);
    const done = seen.map((each) => each.progress.done);
    expect(done).toEqual(done.toSorted((a, b) => a - b));
    expect(status).toBe('succeeded');
    expect(progress.resources).toEqual({
      read: sumOf(counts, 'read'),
      written: sumOf(counts, 'written'),
    });
    expect(counts.dataset.read).toBe(250 * names.length);
  });
});

describe('the progress of a throttled sync', () => {
  it('reports throttled factories until the connector is deleted', async () => {
    await stack.control('POST', '/faults', {
      service: 'resource-manager',
      path: '/factories/alpha/',
      kind: 'status',
      status: 429,
      retryAfterSeconds: 25,
    });
    const { now: before } = await stack.control<{ now: string }>('GET', '/clock');
    const run = await startSlowSync('waiting');

    const waiting = await until(async () => {
      const { body } = await stack.call('GET', run);
      return body.factories.find(
        (each: any) => each.name === 'alpha' && each.status === 'throttled',
      );
    }, 'a factory is throttled');
    const connector = run.slice(0, run.indexOf('/syncs'));
    const { headers } = await stack.call('GET', connector);
    await stack.call('DELETE', connector, { headers: { 'if-match': headers.get('etag')! } });

    await until(async () => {
      const rows = await rowsOf(await stack.description(), 'syncRuns');
      const id = connector.split('/').at(-1)!;
      await stack.control('POST', '/clock', { advanceSeconds: 5 });
      return rows.every(({ rowKey }) => !String(rowKey).startsWith(id));
    }, 'no row of its sync runs is left');
    expect(waiting).toMatchObject({ name: 'alpha' });
    expect(waiting.throttleEndsAt > before).toBe(true);
  });
});
