/**
 * Everything goes wrong at once: Azure falters, storage falters, the host is killed. What is catalogued in the end is
 * what an undisturbed sync catalogues. CHAOS_SEEDS says how many draws are tried; a few by default, to stay quick.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { random } from '../../infra/local/faults';
import { catalogOf, unlike } from './support/catalogue';
import { numbered, upTo, writeFactory } from './support/factory-files';
import { startRunningStack, until, type RunningStack } from './support/stack';
import { connectWithSecret, createConnector, syncedConnector } from './support/story';
import type { Row } from './support/tables';

const seeds = upTo(Number(process.env['CHAOS_SEEDS'] ?? 2));
const kills = 2;

let stack: RunningStack;
let root: string;
let undisturbed: Row[];
let changedUndisturbed: Row[];
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'adf-connect-chaos-'));
  await writeFactory(join(root, 'shop'), numbered({ pipelines: upTo(120), datasets: upTo(60) }));
  await writeFactory(
    join(root, 'changed'),
    numbered({ pipelines: upTo(130).slice(5), datasets: upTo(70).slice(15) }, (n) => `T${n % 40}`),
  );
  await writeFactory(join(root, 'small'), numbered({ pipelines: [1, 2], datasets: [1] }));
  stack = await startRunningStack({
    arguments: ['shop', 'small'].flatMap((name) => ['--factories', join(root, name)]),
  });
  const connectorId = await syncedConnector(stack, 'undisturbed');
  undisturbed = await catalogOf(stack, connectorId);
  await serve('changed');
  changedUndisturbed = await catalogOf(stack, await syncedConnector(stack, 'changed undisturbed'));
}, 120_000);
afterEach(() => calm());
afterAll(async () => {
  await stack.stop();
  await stack.forget();
  await rm(root, { recursive: true, force: true });
});

const serve = (folder: string) =>
  stack.control('PUT', '/factories/shop', { folder: join(root, folder) });

/** One in five calls of Azure and one in twenty of storage go wrong, each in one of many ways. */
async function unleash(seed: number): Promise<void> {
  const azure = { service: 'resource-manager', path: '.*' };
  const storage = { service: 'storage', path: '.*' };
  const faults = [
    { ...azure, kind: 'status', status: 429, retryAfterSeconds: 1, rate: 0.04 },
    { ...azure, kind: 'status', status: 500, rate: 0.04 },
    { ...azure, kind: 'reset', rate: 0.04 },
    { ...azure, kind: 'truncate', rate: 0.04 },
    { ...azure, kind: 'delay', delayMs: 700, rate: 0.04 },
    { ...storage, kind: 'status', status: 503, rate: 0.02 },
    { ...storage, kind: 'reset', rate: 0.01 },
    { ...storage, kind: 'truncate', rate: 0.01 },
    { ...storage, kind: 'delay', delayMs: 300, rate: 0.01 },
  ];
  for (const [index, fault] of faults.entries())
    await stack.control('POST', '/faults', { ...fault, seed: seed * 100 + index });
}

/** A host that is killed, or a storage that falters, is no answer to whoever asks: they ask again. */
async function insist<T>(ask: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + 60_000;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await pause(100);
    }
  }
}

const calm = () => stack.control('DELETE', '/faults');

/** Starts syncs until one is through: a list that failed six times in a row is read by the next one. */
async function syncedInTheEnd(connectorId: string, draw: () => number): Promise<string[]> {
  const said: string[] = [];
  let left = kills;
  while (said.at(-1) !== 'succeeded' && said.length < 10) {
    const run = await insist(async () => {
      const { status, headers, body } = await stack.call(
        'POST',
        `/api/connectors/${connectorId}/syncs`,
      );
      // Whoever asks twice is told of the run that was begun the first time.
      const location = headers.get('location');
      if (location && (status === 202 || status === 409)) return location;
      throw new Error(`The sync was not started: ${status} ${JSON.stringify(body)}`);
    });
    for (; left > 0; left--) {
      await pause(draw() * 1_500);
      await stack.killHost();
    }
    said.push(await outcomeOf(run));
  }
  return said;
}

/** A run that nobody has begun in time was lost on its way to Durable; a minute later the next one takes its place. */
async function outcomeOf(run: string): Promise<string> {
  let status = '';
  let looks = 0;
  await until(
    async () => {
      const { body } = await insist(() => stack.call('GET', run));
      status = body.status;
      return isOver(status) || (status === 'queued' && ++looks > 50);
    },
    'the disturbed run is over',
    180_000,
  );
  if (!isOver(status)) await stack.control('POST', '/clock', { advanceSeconds: 70 });
  return status;
}

const isOver = (status: string) => ['succeeded', 'partial', 'failed', 'cancelled'].includes(status);

describe('a sync in chaos', () => {
  it.each(seeds)(
    'given faults everywhere by draw %i and a host that is killed, when it is over, then the catalogue is as if nothing had been',
    async (seed) => {
      const draw = random(seed);
      await serve('shop');
      const connectorId = await createConnector(stack, `Chaos ${seed}`);
      await connectWithSecret(stack, connectorId);

      await unleash(seed);
      const first = await syncedInTheEnd(connectorId, draw);
      await calm();
      const initial = await catalogOf(stack, connectorId);
      await serve('changed');
      await unleash(seed + 1_000);
      const second = await syncedInTheEnd(connectorId, draw);
      await calm();

      expect([first.at(-1), second.at(-1)]).toEqual(['succeeded', 'succeeded']);
      expect(unlike(initial, undisturbed)).toEqual([]);
      expect(unlike(await catalogOf(stack, connectorId), changedUndisturbed)).toEqual([]);
    },
    400_000,
  );
});
