/** Loads what the events of a unit are made of, and makes them. */
import type { CatalogStore } from '../../catalog/ports';
import { mapConcurrently } from '../../concurrency/map-concurrently';
import type { LineageGraph } from '../../lineage/graph/lineage-graph';
import type { ConnectorKey } from '../../storage/connector-key';
import type { EventKind, OpenLineageEvent } from './event';
import type { FindAsset } from './job-datasets';
import { changeTimeOf, datasetEvents, jobEvents, type UnitDocument } from './static-events';

const maxConcurrentReads = 8;
/** A pipeline that uses more has events without the schemas of the others. */
const maxDocuments = 500;

export interface UnitSelection {
  readonly kinds: readonly EventKind[];
  /** Only units that changed at or after this time. */
  readonly since?: string | undefined;
}

export class StaticEventsService {
  constructor(
    private readonly catalog: Pick<CatalogStore, 'get'>,
    private readonly producer: string,
  ) {}

  /** Empty if the document was removed since the lineage was computed. */
  async eventsOf(
    connector: ConnectorKey,
    graph: LineageGraph,
    key: string,
    { kinds, since }: UnitSelection,
  ): Promise<readonly OpenLineageEvent[]> {
    const found = graph.units.get(key);
    if (!found) return [];
    const { unit, factory: factoryHash, factoryRef: factory } = found;
    const documents = new Map<string, UnitDocument>();
    await mapConcurrently(
      [unit.rowKey, ...unit.dependsOn.filter(isUsed)].slice(0, maxDocuments),
      maxConcurrentReads,
      async (rowKey) => {
        const row = await this.catalog.get(connector, factoryHash, rowKey);
        if (row?.body !== undefined)
          documents.set(rowKey, { body: row.body, changedAt: row.syncedAt });
      },
    );
    const find: FindAsset = (id) => graph.assets.get(id)?.asset;
    const input = { unit, factory, factoryHash, documents, find, producer: this.producer };
    const at = changeTimeOf(input);
    if (at === undefined || (since !== undefined && Date.parse(at) < Date.parse(since))) return [];
    const { owners } = orderOf(graph);
    return [
      ...(kinds.includes('dataset')
        ? datasetEvents(input, (assetId) => owners.get(assetId) === key)
        : []),
      ...(kinds.includes('job') ? jobEvents(input) : []),
    ];
  }
}

/** Whether events are made of a document that a unit depends on. */
export const isUsed = (rowKey: string): boolean => /^(dataset|dataFlow)\|/.test(rowKey);

interface UnitOrder {
  /** Keys of units that have jobs, in an order that does not depend on how they are stored. */
  readonly keys: readonly string[];
  /** The first unit that has an asset, by id of the asset. */
  readonly owners: ReadonlyMap<string, string>;
}

const orders = new WeakMap<LineageGraph, UnitOrder>();

export function orderOf(graph: LineageGraph): UnitOrder {
  const known = orders.get(graph);
  if (known) return known;
  const keys = [...graph.units.keys()].filter((key) => !key.includes('|trigger|')).sort();
  const owners = new Map<string, string>();
  for (const key of keys)
    for (const { id } of graph.units.get(key)!.unit.assets)
      if (!owners.has(id)) owners.set(id, key);
  const order = { keys, owners };
  orders.set(graph, order);
  return order;
}
