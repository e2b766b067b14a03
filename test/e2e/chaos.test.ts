/**
 * Everything goes wrong at once: Azure falters, storage falters, the host is killed. In the end the catalogue is what an
 * undisturbed sync makes of the same factories. CHAOS_SEEDS says how many draws are tried, or which: 50, 11-20, 7-7.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ChaosRunner } from './support/chaos-runner';
import { numbered, upTo, writeFactory } from './support/factory-files';

const [first, last] = (process.env['CHAOS_SEEDS'] ?? '2').split('-').map(Number);
const seeds = upTo(last ?? first!).slice(last === undefined ? 0 : first! - 1);
/** Chaos waits more than it works, so several stacks go through it side by side. */
const lanes = Math.min(4, seeds.length);

let root: string;
const open: ChaosRunner[] = [];
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'adf-connect-chaos-'));
  await writeFactory(join(root, 'shop'), numbered({ pipelines: upTo(120), datasets: upTo(60) }));
  await writeFactory(
    join(root, 'changed'),
    numbered({ pipelines: upTo(130).slice(5), datasets: upTo(70).slice(15) }, (n) => `T${n % 40}`),
  );
  await writeFactory(join(root, 'small'), numbered({ pipelines: [1, 2], datasets: [1] }));
  open.push(...(await Promise.all(Array.from({ length: lanes }, () => ChaosRunner.open(root)))));
}, 240_000);
afterAll(async () => {
  await Promise.all(open.map((lane) => lane.close()));
  await rm(root, { recursive: true, force: true });
}, 60_000);

describe('a sync under random faults', () => {
  it(
    'recovers by timers alone to the state of an undisturbed sync',
    async () => {
      const left = [...seeds];
      const unequal: unknown[] = [];
      const work = async (lane: ChaosRunner) => {
        for (let seed = left.shift(); seed !== undefined; seed = left.shift())
          try {
            const { told, differences } = await lane.run(seed);
            process.stderr.write(`${told}\n`);
            if (Object.values(differences).flat().length > 0) unequal.push({ seed, differences });
          } catch (error) {
            unequal.push({ seed, error });
          }
      };

      await Promise.all(open.map(work));

      expect(unequal).toEqual([]);
    },
    120_000 * seeds.length,
  );
});
