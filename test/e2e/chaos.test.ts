/**
 * Azure fails, storage fails and either of two workers is killed, all at once, while queues are slow
 * and deliver steps twice. In the end the catalog equals that of an undisturbed sync. CHAOS_SEEDS is the number of seeds, or their range: 50, 11-20, 7-7.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { ChaosRunner } from './support/chaos-runner';
import { numbered, upTo, writeFactory } from './support/factory-files';
import { patienceMs } from '../support/until';

const [first, last] = (process.env['CHAOS_SEEDS'] ?? '1').split('-').map(Number);
const seeds = upTo(last ?? first!).slice(last === undefined ? 0 : first! - 1);
/**
 * These syncs wait more than they work, so several stacks run side by side. Each is synced without
 * faults first, which takes as long as a seed.
 */
const stacks = Math.min(4, Math.ceil(seeds.length / 2));

let root: string;
const runners: ChaosRunner[] = [];
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'adf-connect-chaos-'));
  await writeFactory(join(root, 'shop'), numbered({ pipelines: upTo(120), datasets: upTo(60) }));
  await writeFactory(
    join(root, 'changed'),
    numbered({ pipelines: upTo(130).slice(5), datasets: upTo(70).slice(15) }, (n) => `T${n % 40}`),
  );
  await writeFactory(join(root, 'small'), numbered({ pipelines: [1, 2], datasets: [1] }));
  const opening = Array.from({ length: stacks }, () => ChaosRunner.open(root));
  runners.push(...(await Promise.all(opening)));
});
afterAll(async () => {
  await Promise.all(runners.map((runner) => runner.close()));
  await rm(root, { recursive: true, force: true });
});

describe('a sync under random faults', () => {
  it(
    'recovers by timers alone to the state of an undisturbed sync',
    async () => {
      const remaining = [...seeds];
      const unequal: unknown[] = [];
      const work = async (runner: ChaosRunner) => {
        for (let seed = remaining.shift(); seed !== undefined; seed = remaining.shift())
          try {
            const { summary, differences } = await runner.run(seed);
            process.stderr.write(`${summary}\n`);
            if (Object.values(differences).flat().length > 0) unequal.push({ seed, differences });
          } catch (error) {
            unequal.push({ seed, error: inspect(error) });
          }
      };

      await Promise.all(runners.map(work));

      expect(unequal).toEqual([]);
    },
    patienceMs * seeds.length,
  );
});
