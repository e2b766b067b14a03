/**
 * Lineage of layers of tables: each table is copied to tables of the next layer, column by column.
 * Equal for equal numbers, so that runs can be compared.
 */
import type { Asset } from '../../../functions/lineage/assets/asset';
import type { ActivityLineage, LineageUnit } from '../../../functions/lineage/lineage-unit';

export interface Layers {
  readonly factories: number;
  readonly layers: number;
  /** Tables of a layer of one factory. */
  readonly width: number;
  /** Tables of the next layer that a table is copied to. */
  readonly targets: number;
}

const columns = ['id', 'name', 'amount', 'changed_at', 'country'];
/** The first table of a layer is a control table, which many activities read. */
const hubReaders = 500;

export const tableId = (factory: number, layer: number, table: number): string =>
  `f${factory}-l${layer}-t${table}`;

/** One unit per table that is copied. */
export function* layeredUnits(factory: number, layers: Layers): Generator<LineageUnit> {
  for (let layer = 0; layer < layers.layers - 1; layer++)
    for (let table = 0; table < layers.width; table++) {
      const source = tableId(factory, layer, table);
      const targets = targetsOf(table, layers).map((each) => tableId(factory, layer + 1, each));
      const hub = table < hubReaders ? tableId(factory, layer, 0) : undefined;
      yield unitOf(source, targets, hub);
    }
}

/** Spread over the next layer. */
const targetsOf = (table: number, { width, targets }: Layers): number[] =>
  Array.from({ length: targets }, (_, n) => (table * targets + n * 7_919) % width);

function unitOf(source: string, targets: readonly string[], hub: string | undefined): LineageUnit {
  const name = `Load ${source}`;
  return {
    rowKey: `pipeline|${name.toLowerCase()}`,
    name,
    hash: '',
    dependsOn: [],
    binding: '',
    calls: [],
    activities: targets.map((target) => copyOf(source, target, hub)),
    assets: [...new Set([source, ...targets, ...(hub === undefined ? [] : [hub])])].map(assetOf),
    warnings: [],
  };
}

function copyOf(source: string, target: string, hub: string | undefined): ActivityLineage {
  const at = { confidence: 'static', pointer: '/inputs/0' } as const;
  const pair = { ...at, type: 'DIRECT', target } as const;
  return {
    path: `Copy to ${target}`,
    type: 'Copy',
    ends: [
      { kind: 'reads', asset: source, ...at },
      { kind: 'writes', asset: target, ...at, pointer: '/outputs/0' },
    ],
    pairs: [
      {
        ...pair,
        source,
        columnState: 'explicit',
        columns: columns.map((column) => ({ source: column, target: column, type: 'DIRECT' })),
      },
      ...(hub === undefined || hub === source
        ? []
        : [{ ...pair, source: hub, type: 'INDIRECT', columnState: 'unknown' } as const]),
    ],
  };
}

const assetOf = (id: string): Asset => ({
  id,
  kind: 'asset',
  namespace: 'mssql://warehouse.database.windows.net:1433',
  name: `dwh.sales.${id}`,
  type: 'AzureSqlDatabase',
});
