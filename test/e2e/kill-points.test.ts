/**
 * The host dies as soon as the n-th turn of a small sync is stored, for one n after the other. KILL_POINTS=all tries
 * every one; a few by default, to stay quick.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { catalogOf, unlike } from './support/catalogue';
import { numbered, writeFactory } from './support/factory-files';
import { endOfJournal, rowsWritten } from './support/journal';
import { startRunningStack, until, type RunningStack } from './support/stack';
import {
  connectWithSecret,
  createConnector,
  finished,
  startSync,
  syncedConnector,
} from './support/story';

const every = process.env['KILL_POINTS'] === 'all' ? 1 : 25;

let stack: RunningStack;
let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'adf-connect-kills-'));
  const folder = await writeFactory(
    join(root, 'small'),
    numbered({ pipelines: [1], datasets: [1] }),
  );
  stack = await startRunningStack({ arguments: ['--factories', folder] });
}, 90_000);
afterAll(async () => {
  await stack.stop();
  await stack.forget();
  await rm(root, { recursive: true, force: true });
});

/** Rows that the Durable runtime has stored of its instances: the history, turn by turn. */
async function storedSince(since: number): Promise<number> {
  const written = await rowsWritten(stack, since);
  return Object.entries(written).reduce(
    (sum, [table, rows]) => (table.endsWith('Instances') ? sum + rows : sum),
    0,
  );
}

describe('a host that is killed at a turn of its history', () => {
  it('given one turn after the other, when killed there, then each run ends as an undisturbed one', async () => {
    const since = await endOfJournal(stack);
    const whole = await catalogOf(stack, await syncedConnector(stack, 'undisturbed'));
    const turns = await storedSince(since);
    const unequal: unknown[] = [];

    for (let turn = 1; turn <= turns; turn += every) {
      const connectorId = await createConnector(stack, `Killed at ${turn}`);
      await connectWithSecret(stack, connectorId);
      const begun = await endOfJournal(stack);
      const run = await startSync(stack, connectorId);
      await until(async () => (await storedSince(begun)) >= turn, `turn ${turn} is stored`);
      await stack.killHost();
      const { status } = await finished(stack, run);
      const rows = unlike(await catalogOf(stack, connectorId), whole);
      if (status !== 'succeeded' || rows.length > 0) unequal.push({ turn, status, rows });
    }

    expect(turns).toBeGreaterThan(20);
    expect(unequal).toEqual([]);
  }, 900_000);
});
