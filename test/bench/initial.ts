/** The metadata of a first sync and of a refresh that finds nothing new, against what reading alone must take. */
import { serve, type Bench } from './bench';
import { connect, type BenchConnector } from './connector';
import { mixed, objectsIn, pipelinesFirst, type Contents } from './factories';
import { peakOf, watch } from './memory';
import { reportTables } from './profile';
import { atLeast, atMost, inMs, rounded } from './report';
import { readSequentially } from './sequential';
import { figuresOf, type SyncFigures } from './sync-figures';

const latencyInMs = 80;
/** The quickest is told: whatever else the machine does can only add to it. */
const initialSyncs = 3;

export async function benchInitial(bench: Bench): Promise<void> {
  const { resourceManager } = bench.stack;
  resourceManager.setLatency(latencyInMs);
  await warmUp(bench);
  const quiet = { runs: false };
  await one(bench, 'Many kinds in one factory', [{ ...mixed(690), ...quiet }]);
  await one(bench, 'Pipelines first', [{ ...pipelinesFirst(690), ...quiet }]);
  const eight = Array.from({ length: 8 }, () => ({ ...mixed(90), ...quiet }));
  await one(bench, 'Many kinds in eight factories', eight);
  await one(bench, 'Many kinds and 45 days of runs', [mixed(690)]);
  resourceManager.setLatency(0);
}

/** The first sync of a process loads and compiles what later ones find warm. */
async function warmUp(bench: Bench): Promise<void> {
  const { report, productTables } = bench;
  serve(bench, [{ ...mixed(690), runs: false }]);
  const { untilMirrored } = figuresOf(
    await (await connect(bench, 'Warm-up')).sync(),
    productTables,
  );
  report(`Initial sync, ${latencyInMs} ms a call`);
  report('the first of a process, 700 objects', inMs(untilMirrored));
}

async function one(bench: Bench, title: string, contents: readonly Contents[]): Promise<void> {
  const { report, stack, productTables } = bench;
  const factories = serve(bench, contents);
  const reading = await readSequentially(stack.description(), factories);
  const { samples, tries } = await tried(bench, title);
  const { connector, figures: initial } = tries[0]!;
  const refresh = figuresOf(await connector.sync(), productTables);

  report(`${title}: ${objectsIn(factories)} objects`);
  report('sequential reading', `${inMs(reading.ms)}, ${reading.requests} requests`);
  report('floor: discovery and the longest chain of pages', inMs(reading.floor));
  reportInitial(bench, initial, reading);
  const processorMs = samples.at(-1)!.processorMs - samples[0]!.processorMs;
  report('  host: processor time of each sync', inMs(processorMs / tries.length));
  report('  host memory, highest', atMost(peakOf(samples), 256, 'MiB'));
  reportRefresh(bench, initial, refresh);
}

/** Some initial syncs, each by a connector that knows nothing yet; the quickest first. */
async function tried(bench: Bench, title: string) {
  const tries: { connector: BenchConnector; figures: SyncFigures }[] = [];
  const samples = await watch(bench.stack.description().hostPid, async () => {
    for (let n = 1; n <= initialSyncs; n++) {
      const connector = await connect(bench, `${title} ${n}`);
      const figures = figuresOf(await connector.sync(), bench.productTables);
      tries.push({ connector, figures });
    }
  });
  tries.sort((one, other) => one.figures.untilMirrored - other.figures.untilMirrored);
  return { samples, tries };
}

function reportInitial(
  { report, profile }: Bench,
  initial: SyncFigures,
  reading: { readonly ms: number; readonly floor: number },
): void {
  const { untilDiscovery, untilListed, untilMirrored, tables, durable } = initial;
  const between = initial.untilFirstList - initial.untilDiscovered;
  const overheads = [untilDiscovery, between, untilMirrored - untilListed].map(Math.round);
  report('initial sync: metadata stored after', inMs(untilMirrored));
  report('  of it before, between and after discovery and lists', `${overheads.join(', ')} ms`);
  report('  metadata / floor', atMost(untilMirrored / reading.floor, 1.5, 'x'));
  report('  sequential / metadata', atLeast(reading.ms / untilMirrored, 5, 'x'));
  report('  sequential / floor: the most there is', `${rounded(reading.ms / reading.floor)} x`);
  report('  run over after', `${inMs(initial.untilFinished)}, ${initial.queries} run queries`);
  report('  rows written', `${rounded(tables.rows)} in ${rounded(tables.writes)} requests`);
  report(
    '  rows written by Durable',
    `${rounded(durable.rows)} in ${rounded(durable.writes)} requests`,
  );
  report('  storage busy', inMs(initial.storageBusy));
  if (profile) reportTables(report, initial);
}

function reportRefresh({ report, profile }: Bench, initial: SyncFigures, refresh: SyncFigures) {
  const { tables, catalogue, lists, telling } = refresh;
  report('refresh without change: metadata seen after', inMs(refresh.untilMirrored));
  report('  lists asked for', {
    text: rounded(lists),
    aim: `${initial.lists} as at first`,
    met: lists === initial.lists,
  });
  report('  rows written to the catalogue', atMost(catalogue.rows, 0, 'rows'));
  report('  rows that tell of it', telling);
  report('  table time of initial / refresh', atLeast(initial.tables.ms / tables.ms, 10, 'x'));
  if (profile) reportTables(report, refresh);
}
