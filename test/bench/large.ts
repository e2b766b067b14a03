/** `--large`: a hundred thousand objects. Neither memory nor the cost per object may grow. */
import { roleIds } from '../../infra/local/resource-manager/roles/role-definitions';
import { sample } from '../../infra/local/seed/sample';
import type { Stack } from '../../infra/local/stack/stack';
import { serveFactories, type Bench } from './bench';
import { connect, type FinishedSync } from './connector';
import { historyOf, sizeOfRow } from './durable-history';
import { mixed, objectsIn, type Contents } from './factories';
import { peakOf, sampleOf, sampleDuring } from './memory';
import { atMost, formatMs, formatNumber } from './report';
import { figuresOf, listResponseTimes, type SyncFigures, reportTables } from './sync-figures';

const factoryCount = 20;
const objectsPerFactory = 5_000;
/** Close to the latency of storage, so that the bench measures storage and the host. */
const latencyMs = 5;
const stages = ['first', 'second', 'third', 'fourth', 'last'];

export async function benchLarge(bench: Bench): Promise<void> {
  const { stack, report, productTables } = bench;
  const before = await sampleOf(process.pid);
  const factories = serveFactories(bench, await contentsOf(stack));
  const objects = objectsIn(factories);
  report(`${factoryCount} factories with ${formatNumber(objects)} objects`);
  const { mib } = await sampleOf(process.pid);
  report('emulator: memory of the factories', `${formatNumber(mib - before.mib)} MiB`);
  stack.resourceManager.setLatency(latencyMs);

  const connector = await connect(bench, 'Large');
  const initial = await sampled(bench, () => connector.sync());
  reportStages(bench, initial, objects);
  const figures = figuresOf(initial.sync, productTables);
  reportCost(bench, figures, objects);
  report('host memory, highest', atMost(peakOf(initial.samples), 256, 'MiB'));
  await reportDurable(bench, initial.sync.run.id, objects);

  const refresh = await sampled(bench, () => connector.sync());
  const refreshed = figuresOf(refresh.sync, productTables);
  report(
    'refresh without change',
    `${formatMs(refreshed.untilFinished)}, ${formatNumber(refreshed.lists)} lists`,
  );
  report('  rows written to the catalog', atMost(refreshed.catalog.rows, 0, 'rows'));
  report(
    '  table time of initial / refresh',
    `${formatNumber(figures.tables.ms / refreshed.tables.ms)} x`,
  );
  report('  host memory, highest', atMost(peakOf(refresh.samples), 256, 'MiB'));
  if (bench.profile) reportTables(report, refreshed);
  report('emulator: memory at the end', `${formatNumber((await sampleOf(process.pid)).mib)} MiB`);
  stack.resourceManager.setLatency(0);
}

/** One subscription per factory: otherwise Azure's limit of 25 reads per second would dominate. */
async function contentsOf({ resourceManager }: Stack): Promise<Contents[]> {
  const contents = Array.from({ length: factoryCount }, (_, index) => ({
    ...mixed(objectsPerFactory),
    runs: false,
    subscriptionId: `c0c0a000-0000-4000-8000-${String(1_000 + index).padStart(12, '0')}`,
  }));
  const { objectId } = sample.contoso.app;
  for (const { subscriptionId } of contents)
    await resourceManager.grant({
      scope: `/subscriptions/${subscriptionId}`,
      roleId: roleIds.reader,
      principalId: objectId,
      principalType: 'ServicePrincipal',
    });
  return contents;
}

async function sampled({ stack }: Bench, work: () => Promise<FinishedSync>) {
  let sync: FinishedSync | undefined;
  const samples = await sampleDuring(
    stack.description().hostPid,
    async () => (sync = await work()),
  );
  return { sync: sync!, samples };
}

type Watched = Awaited<ReturnType<typeof sampled>>;

/** Equal time and memory in every fifth show a linear cost and flat memory. */
function reportStages({ report }: Bench, { sync, samples }: Watched, objects: number): void {
  const listed = listResponseTimes(sync.entries);
  const thousands = objects / stages.length / 1_000;
  let from = sync.requestedAt;
  for (const [index, stage] of stages.entries()) {
    const until = listed[Math.ceil(((index + 1) * listed.length) / stages.length) - 1]!;
    const within = samples.filter(({ at }) => at >= from && at <= until);
    const processor = (within.at(-1)?.processorMs ?? 0) - (within[0]?.processorMs ?? 0);
    report(
      `${stage} fifth: 1,000 objects, processor of the host, memory`,
      `${formatMs((until - from) / thousands)}, ${formatMs(processor / thousands)}, ${formatNumber(peakOf(within))} MiB`,
    );
    from = until;
  }
}

function reportCost({ report, profile }: Bench, figures: SyncFigures, objects: number): void {
  const { untilMirrored, storageBusy, tables, lists } = figures;
  report('initial sync', `${formatNumber(untilMirrored / 1_000)} s, ${formatNumber(lists)} lists`);
  report('  objects per second', formatNumber(objects / (untilMirrored / 1_000)));
  report(
    '  storage busy',
    `${formatNumber((100 * storageBusy) / figures.untilFinished)} % of the time`,
  );
  report(
    '  rows written per 1,000 objects',
    `${formatNumber((1_000 * tables.rows) / objects)} in ${formatNumber((1_000 * tables.writes) / objects)} requests`,
  );
  if (profile) reportTables(report, figures);
}

async function reportDurable({ stack, report }: Bench, syncRunId: string, objects: number) {
  const { instances, events, rows } = await historyOf(stack, syncRunId);
  report(
    'Durable: events in history per 1,000 objects',
    `${formatNumber((1_000 * events) / objects)} (${formatNumber(events)} of ${instances} instances)`,
  );
  report('  rows of these histories here', formatNumber(rows));
  report(
    'row of the run',
    `${formatNumber((await sizeOfRow(stack, 'syncRuns', syncRunId)) / 1_024)} KiB`,
  );
}
