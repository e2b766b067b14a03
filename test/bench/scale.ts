/** What an idle refresh of many factories costs: steps, orchestrations and requests to tables. */
import { serveFactories, type Bench } from './bench';
import { connect, type FinishedSync } from './connector';
import { historyOf } from './durable-history';
import { mixed } from './factories';
import { reportTables } from './profile';
import { atMost, formatNumber } from './report';
import { figuresOf } from './sync-figures';

const factoryCount = 200;
const objectsPerFactory = 10;

export async function benchScale(bench: Bench): Promise<void> {
  const { report, productTables, stack } = bench;
  const contents = { ...mixed(objectsPerFactory), runs: false };
  serveFactories(
    bench,
    Array.from({ length: factoryCount }, () => contents),
  );
  report(`Idle refresh of ${factoryCount} factories`);
  const connector = await connect(bench, 'Scale');
  await connector.sync();
  const idle = await connector.sync();
  const { tables, catalog, durable } = figuresOf(idle, productTables);
  const { instances, rows } = await historyOf(stack, idle.run.id);
  report('steps', atMost(stepsOf(idle, instances), 450, ''));
  report('orchestrations', atMost(instances, 20, ''));
  report('requests to tables of the product', atMost(tables.requests, 900, ''));
  report('rows written to the catalog', atMost(catalog.rows, 0, 'rows'));
  report('rows written by Durable', formatNumber(durable.rows));
  report('rows of Durable that remain', formatNumber(rows));
  if (bench.profile) reportTables(report, figuresOf(idle, productTables));
}

/**
 * Every factory has one step for its lists, which begins with the list of pipelines, and one for its
 * run history, which begins with a query of pipeline runs. The sync run itself has two.
 */
function stepsOf({ entries }: FinishedSync, instances: number): number {
  const azure = entries.filter(({ service }) => service === 'resource-manager');
  const lists = azure.filter(({ path }) => /\/pipelines\?/i.test(path)).length;
  const histories = azure.filter(({ path }) => /\/querypipelineruns/i.test(path)).length;
  return instances === 0 ? 0 : lists + histories + 2;
}
