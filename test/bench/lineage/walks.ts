/** Lineage and impact to depth 5 among 100,000 assets, asked as the API asks. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { LineageQueryService } from '../../../functions/lineage/lineage-query-service';
import type { LineageUnit } from '../../../functions/lineage/lineage-unit';
import { atMost, formatMs, formatNumber, printFigure } from '../report';
import { layeredUnits, tableId, type Layers } from './layered-units';
import { processorMs } from './processor-time';

const layers: Layers = { factories: 20, layers: 10, width: 500, targets: 2 };
const connector = { tenantId: 't', connectorId: 'c' };
const depth = 5;
const request = { limit: 100 };

export async function benchWalks(): Promise<void> {
  const service = new LineageQueryService(storeOf(), () => new Date());
  const before = memoryMiB();
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  const building = await processorMs(() => service.graph(connector));
  delay.disable();
  const { assets } = await service.graph(connector);
  printFigure(`lineage among ${formatNumber(assets.size)} assets, to depth ${depth}`);
  printFigure('  graph of all factories, once per version', formatMs(building));
  printFigure('  longest time without another task meanwhile', formatMs(delay.max / 1_000_000));
  printFigure('  memory of the graph', `${formatNumber(memoryMiB() - before)} MiB`);
  const ask = {
    downstream: (asset: string) =>
      service.lineage(connector, { asset, direction: 'downstream', depth }, request),
    upstream: (asset: string) =>
      service.lineage(connector, { asset, direction: 'upstream', depth }, request),
    'of one column': (asset: string) =>
      service.lineage(
        connector,
        { asset, column: 'amount', direction: 'upstream', depth },
        request,
      ),
    impact: (asset: string) => service.impact(connector, { asset }, depth, request),
  };
  for (const [name, question] of Object.entries(ask)) {
    const took: number[] = [];
    for (const asset of askedAssets()) took.push(await processorMs(() => question(asset)));
    took.sort((one, other) => one - other);
    const [p50 = 0, p95 = 0] = [0.5, 0.95].map((share) => took[Math.floor(took.length * share)]);
    printFigure(`  ${name}: p95`, atMost(p95, 300, 'ms'));
    printFigure(`  ${name}: p50, slowest`, `${formatMs(p50)}, ${formatMs(took.at(-1)!)}`);
  }
}

/** Tables of all layers, and the control tables, which most activities depend on. */
function* askedAssets(): Generator<string> {
  for (let factory = 0; factory < layers.factories; factory++)
    for (let layer = 0; layer < layers.layers; layer++)
      for (const table of [0, (factory * 37 + layer * 11) % layers.width])
        yield tableId(factory, layer, table);
}

/** Units as a store returns them: parsed from JSON. */
function storeOf() {
  const texts = Array.from({ length: layers.factories }, (_, factory) =>
    JSON.stringify([...layeredUnits(factory, layers)]),
  );
  return {
    listFactories: async () =>
      texts.map((_, number) => ({
        hash: String(number),
        version: '1',
        factory: { subscriptionId: 's', resourceGroup: 'g', name: `factory${number}` },
      })),
    loadUnits: async (_: unknown, hash: string) =>
      new Map([[0, JSON.parse(texts[Number(hash)]!) as LineageUnit[]]]),
  };
}

function memoryMiB(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed / 1_048_576;
}
