/**
 * What an idle refresh of many factories costs: steps, orchestrations and requests to tables, and from
 * them the cost of a thousand connectors in a month.
 */
import { serveFactories, type Bench } from './bench';
import { connect, type FinishedSync } from './connector';
import { historyOf } from './durable-history';
import { mixed } from './factories';
import { atMost, formatNumber } from './report';
import { figuresOf, reportTables } from './sync-figures';

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
  const steps = stepsOf(idle, instances);
  const seconds = figuresOf(idle, productTables).untilFinished / 1_000;
  reportMonth(bench, { steps, instances, requests: tables.requests, seconds });
}

/** Four refreshes a day, as connectors are refreshed by default. */
const refreshesPerMonth = 1_000 * 4 * 30;
/** List prices of East US in USD, without free grants: Flex Consumption, and storage with LRS. */
const prices = {
  gbSecond: 0.000_026,
  execution: 0.4 / 1e6,
  tableTransaction: 0.000_36 / 10_000,
  queueTransaction: 0.004 / 10_000,
};
const instanceGb = 2;

interface Refresh {
  readonly steps: number;
  readonly instances: number;
  readonly requests: number;
  readonly seconds: number;
}

/**
 * With Durable's own storage, every step is a message to the step and one back, and a turn of its
 * orchestration that reads and writes its history and its status. A message is sent, received and
 * deleted. An instance of the app is billed while any function runs on it, for one connector at a time
 * here; in fact, connectors share instances.
 */
function reportMonth({ report }: Bench, { steps, instances, requests, seconds }: Refresh): void {
  const turns = steps + 2 * instances;
  const messages = 2 * steps + 2 * instances;
  const perRefresh = {
    executions: (steps + turns) * prices.execution,
    'execution time': seconds * instanceGb * prices.gbSecond,
    'tables of the product': requests * prices.tableTransaction,
    'tables of Durable': 3 * turns * prices.tableTransaction,
    'queues of Durable': 3 * messages * prices.queueTransaction,
  };
  report(`A month of 1,000 such connectors: ${formatNumber(refreshesPerMonth)} refreshes`);
  const sum = Object.values(perRefresh).reduce((total, each) => total + each, 0);
  for (const [name, usd] of Object.entries({ ...perRefresh, total: sum }))
    report(name, `${formatNumber(usd * refreshesPerMonth)} USD`);
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
