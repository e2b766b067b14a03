/** `--large`: a hundred thousand objects. What counts is that neither memory nor the cost of an object grows. */
import { roleIds } from '../../infra/local/resource-manager/roles/role-definitions';
import { sample } from '../../infra/local/seed/sample';
import type { Stack } from '../../infra/local/stack/stack';
import { serve, type Bench } from './bench';
import { connect, type WatchedSync } from './connector';
import { historyOf, sizeOfRow } from './durable-history';
import { mixed, objectsIn, type Contents } from './factories';
import { peakOf, sampleOf, watch } from './memory';
import { reportTables } from './profile';
import { atMost, inMs, rounded } from './report';
import { figuresOf, listedAt, type SyncFigures } from './sync-figures';

const factoryCount = 20;
const objectsPerFactory = 5_000;
/** Near storage's own, so that it is storage and the host that are measured. */
const latencyInMs = 5;
const stages = ['first', 'second', 'third', 'fourth', 'last'];

export async function benchLarge(bench: Bench): Promise<void> {
  const { stack, report, productTables } = bench;
  const before = await sampleOf(process.pid);
  const factories = serve(bench, await contentsOf(stack));
  const objects = objectsIn(factories);
  report(`${factoryCount} factories with ${rounded(objects)} objects`);
  const { mib } = await sampleOf(process.pid);
  report('stand-in: memory taken by them', `${rounded(mib - before.mib)} MiB`);
  stack.resourceManager.setLatency(latencyInMs);

  const connector = await connect(bench, 'Large');
  const initial = await watched(bench, () => connector.sync());
  reportStages(bench, initial, objects);
  const figures = figuresOf(initial.sync, productTables);
  reportCost(bench, figures, objects);
  report('host memory, highest', atMost(peakOf(initial.samples), 256, 'MiB'));
  await reportDurable(bench, initial.sync.run.id, objects);

  const refresh = await watched(bench, () => connector.sync());
  const refreshed = figuresOf(refresh.sync, productTables);
  report(
    'refresh without change',
    `${inMs(refreshed.untilFinished)}, ${rounded(refreshed.lists)} lists`,
  );
  report('  rows written to the catalogue', atMost(refreshed.catalogue.rows, 0, 'rows'));
  report(
    '  table time of initial / refresh',
    `${rounded(figures.tables.ms / refreshed.tables.ms)} x`,
  );
  report('  host memory, highest', atMost(peakOf(refresh.samples), 256, 'MiB'));
  if (bench.profile) reportTables(report, refreshed);
  report('stand-in: memory at the end', `${rounded((await sampleOf(process.pid)).mib)} MiB`);
  stack.resourceManager.setLatency(0);
}

/** Each in a subscription of its own: Azure's budget of 25 reads a second would be all there is to see. */
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

async function watched({ stack }: Bench, work: () => Promise<WatchedSync>) {
  let sync: WatchedSync | undefined;
  const samples = await watch(stack.description().hostPid, async () => (sync = await work()));
  return { sync: sync!, samples };
}

type Watched = Awaited<ReturnType<typeof watched>>;

/** Fifth by fifth the same time, and the same memory: then cost is linear and memory flat. */
function reportStages({ report }: Bench, { sync, samples }: Watched, objects: number): void {
  const listed = listedAt(sync.entries);
  const thousands = objects / stages.length / 1_000;
  let from = sync.askedAt;
  for (const [index, stage] of stages.entries()) {
    const until = listed[Math.ceil(((index + 1) * listed.length) / stages.length) - 1]!;
    const within = samples.filter(({ at }) => at >= from && at <= until);
    const processor = (within.at(-1)?.processorMs ?? 0) - (within[0]?.processorMs ?? 0);
    report(
      `${stage} fifth: 1,000 objects, processor of the host, memory`,
      `${inMs((until - from) / thousands)}, ${inMs(processor / thousands)}, ${rounded(peakOf(within))} MiB`,
    );
    from = until;
  }
}

function reportCost({ report, profile }: Bench, figures: SyncFigures, objects: number): void {
  const { untilMirrored, storageBusy, tables, lists } = figures;
  report('initial sync', `${rounded(untilMirrored / 1_000)} s, ${rounded(lists)} lists`);
  report('  objects per second', rounded(objects / (untilMirrored / 1_000)));
  report('  storage busy', `${rounded((100 * storageBusy) / figures.untilFinished)} % of the time`);
  report(
    '  rows written per 1,000 objects',
    `${rounded((1_000 * tables.rows) / objects)} in ${rounded((1_000 * tables.writes) / objects)} requests`,
  );
  if (profile) reportTables(report, figures);
}

async function reportDurable({ stack, report }: Bench, runId: string, objects: number) {
  const { instances, events, rows } = await historyOf(stack, runId);
  report(
    'Durable: events in history per 1,000 objects',
    `${rounded((1_000 * events) / objects)} (${rounded(events)} of ${instances} instances)`,
  );
  report('  rows that hold them here', rounded(rows));
  report('row of the run', `${rounded((await sizeOfRow(stack, 'syncRuns', runId)) / 1_024)} KiB`);
}
