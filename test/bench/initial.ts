/** Initial sync and refresh without changes, compared with the time that reading alone takes. */
import { serveFactories, type Bench } from './bench';
import { connect, type BenchConnector } from './connector';
import { mixed, objectsIn, pipelinesFirst, type Contents } from './factories';
import { peakOf, sampleDuring } from './memory';
import { atLeast, atMost, formatMs, formatNumber } from './report';
import { readSequentially } from './sequential';
import { figuresOf, type SyncFigures, reportTables } from './sync-figures';

const latencyMs = 80;
/** The fastest is reported. Other processes can only add to it. */
const initialSyncs = 3;

export async function benchInitial(bench: Bench): Promise<void> {
  const { resourceManager } = bench.stack;
  resourceManager.setLatency(latencyMs);
  await warmUp(bench);
  const quiet = { runs: false };
  await measure(bench, 'Many kinds in one factory', [{ ...mixed(690), ...quiet }]);
  await measure(bench, 'Pipelines first', [{ ...pipelinesFirst(690), ...quiet }]);
  const eight = Array.from({ length: 8 }, () => ({ ...mixed(90), ...quiet }));
  await measure(bench, 'Many kinds in eight factories', eight);
  const sixteen = Array.from({ length: 16 }, (_, n) => ({ ...mixed(n < 2 ? 690 : 90), ...quiet }));
  await measure(bench, 'Sixteen factories, of which two are large', sixteen);
  await measure(bench, 'Many kinds and 45 days of runs', [mixed(690)]);
  resourceManager.setLatency(0);
}

/** The first sync of a process includes loading and compilation. */
async function warmUp(bench: Bench): Promise<void> {
  const { report, productTables } = bench;
  serveFactories(bench, [{ ...mixed(690), runs: false }]);
  const { untilMirrored } = figuresOf(
    await (await connect(bench, 'Warm-up')).sync(),
    productTables,
  );
  report(`Initial sync, ${latencyMs} ms per call`);
  report('the first of a process, 700 objects', formatMs(untilMirrored));
}

async function measure(bench: Bench, title: string, contents: readonly Contents[]): Promise<void> {
  const { report, stack, productTables } = bench;
  const factories = serveFactories(bench, contents);
  const reading = await readSequentially(stack.description(), factories);
  const { samples, syncs } = await measureSyncs(bench, title);
  const { connector, figures: initial } = syncs[0]!;
  const refresh = figuresOf(await connector.sync(), productTables);

  report(`${title}: ${objectsIn(factories)} objects`);
  report('sequential reading', `${formatMs(reading.ms)}, ${reading.requests} requests`);
  report('floor: discovery and the longest chain of pages', formatMs(reading.floor));
  reportInitial(bench, initial, reading);
  const processorMs = samples.at(-1)!.processorMs - samples[0]!.processorMs;
  report('  host: processor time of each sync', formatMs(processorMs / syncs.length));
  report('  host memory, highest', atMost(peakOf(samples), 256, 'MiB'));
  reportRefresh(bench, initial, refresh);
}

/** Runs initial syncs with new connectors. Returns the fastest first. */
async function measureSyncs(bench: Bench, title: string) {
  const syncs: { connector: BenchConnector; figures: SyncFigures }[] = [];
  const samples = await sampleDuring(bench.stack.description().hostPid, async () => {
    for (let n = 1; n <= initialSyncs; n++) {
      const connector = await connect(bench, `${title} ${n}`);
      const figures = figuresOf(await connector.sync(), bench.productTables);
      syncs.push({ connector, figures });
    }
  });
  syncs.sort((one, other) => one.figures.untilMirrored - other.figures.untilMirrored);
  return { samples, syncs };
}

function reportInitial(
  { report, profile }: Bench,
  initial: SyncFigures,
  reading: { readonly ms: number; readonly floor: number },
): void {
  const { untilDiscovery, untilListed, untilMirrored, tables, durable } = initial;
  const between = initial.untilFirstList - initial.untilDiscovered;
  const overheads = [untilDiscovery, between, untilMirrored - untilListed].map(Math.round);
  report('initial sync: metadata stored after', formatMs(untilMirrored));
  report('  of it before, between and after discovery and lists', `${overheads.join(', ')} ms`);
  report('  lists end / floor', atMost(untilListed / reading.floor, 1.3, 'x'));
  report('  metadata / floor', atMost(untilMirrored / reading.floor, 1.5, 'x'));
  report('  sequential / metadata', atLeast(reading.ms / untilMirrored, 5, 'x'));
  report(
    '  sequential / floor: the most there is',
    `${formatNumber(reading.ms / reading.floor)} x`,
  );
  report(
    '  run finished after',
    `${formatMs(initial.untilFinished)}, ${initial.queries} run queries`,
  );
  report(
    '  rows written',
    `${formatNumber(tables.rows)} in ${formatNumber(tables.writes)} requests`,
  );
  report(
    '  rows written by Durable',
    `${formatNumber(durable.rows)} in ${formatNumber(durable.writes)} requests`,
  );
  report('  storage busy', formatMs(initial.storageBusy));
  if (profile) reportTables(report, initial);
}

function reportRefresh({ report, profile }: Bench, initial: SyncFigures, refresh: SyncFigures) {
  const { tables, catalog, lists, otherRows } = refresh;
  report('refresh without change: metadata read after', formatMs(refresh.untilMirrored));
  report('  lists read', {
    text: formatNumber(lists),
    aim: `${initial.lists} as in the initial sync`,
    met: lists === initial.lists,
  });
  report('  rows written to the catalog', atMost(catalog.rows, 0, 'rows'));
  report('  other rows', otherRows);
  report('  table time of initial / refresh', atLeast(initial.tables.ms / tables.ms, 10, 'x'));
  if (profile) reportTables(report, refresh);
}
