/**
 * Refreshes with changes. The rows that a refresh writes must grow with the number of changes only.
 */
import { serveFactories, type Bench } from './bench';
import { connect, type BenchConnector } from './connector';
import { mixed } from './factories';
import { publicHistories } from './histories';
import { figuresOf, reportTables } from './sync-figures';

export async function benchChanges(bench: Bench): Promise<void> {
  await benchGenerated(bench);
  await benchPublic(bench);
}

async function benchGenerated(bench: Bench): Promise<void> {
  const contents = { ...mixed(690), runs: false };
  serveFactories(bench, [contents]);
  const connector = await connect(bench, 'Changes');
  await connector.sync();
  bench.report('Refresh after changes, of 700 objects');
  for (const edited of [0, 1, 10, 100]) {
    serveFactories(bench, [{ ...contents, edited }]);
    await refresh(bench, connector, `${edited} edited`);
    serveFactories(bench, [contents]);
    await connector.sync();
  }
}

/** Changes between two commits of public factories. */
async function benchPublic(bench: Bench): Promise<void> {
  const { resourceManager } = bench.stack;
  const histories = await publicHistories();
  if (histories.length === 0) return;
  bench.report('Refresh from an earlier commit to the last, public factories');
  for (const { title, before, after, discard } of histories) {
    serveFactories(bench, []);
    const [factory] = await resourceManager.addFactories(before);
    const connector = await connect(bench, title);
    await connector.sync();
    await resourceManager.swapFactory(factory!.name, after);
    await refresh(bench, connector, title);
    await discard();
  }
}

async function refresh(bench: Bench, connector: BenchConnector, name: string): Promise<void> {
  const { report, productTables, profile } = bench;
  const sync = await connector.sync();
  const { activity, ...kinds } = sync.run.counts;
  const changed = Object.values(kinds).reduce((sum, each) => sum + each.written + each.removed, 0);
  const changedActivities = (activity?.written ?? 0) + (activity?.removed ?? 0);
  const figures = figuresOf(sync, productTables);
  const { rows, writes } = figures.catalog;
  report(
    name,
    `${changed} objects and ${changedActivities} activities: ${rows} rows in ${writes} requests`,
  );
  if (profile) reportTables(report, figures);
}
