/** Keeps EdgeStore's promises in memory; test/contracts holds it to them. */
import { ownerPrefix, sourcePrefix, type Edge, type EdgeKind } from '../../functions/catalog/edge';
import type { EdgeCounts, EdgeQuery, EdgeStore } from '../../functions/catalog/ports';
import type { ConnectorKey } from '../../functions/catalog/resource';
import { factoryHash } from '../../functions/catalog/resource-id';

export interface FakeEdgeStore extends EdgeStore {
  /** Keys that were put or removed so far. */
  readonly written: string[];
  /** `source kind target` of every edge, in order. */
  all(): string[];
}

export function fakeEdgeStore(): FakeEdgeStore {
  const factories = new Map<string, Map<string, { hash: string; edge: Edge }>>();
  const written: string[] = [];
  const of = ({ tenantId, connectorId }: ConnectorKey, factory: string) => {
    const key = `${tenantId}|${connectorId}|${factory}`;
    const edges = factories.get(key) ?? new Map<string, { hash: string; edge: Edge }>();
    factories.set(key, edges);
    return edges;
  };
  const matching = (
    connector: ConnectorKey,
    factory: string,
    { source, target, kind }: EdgeQuery,
  ): [string, Edge][] =>
    [...of(connector, factory)]
      .filter(
        ([key, { edge }]) =>
          (source === undefined || key.startsWith(sourcePrefix(source))) &&
          (target === undefined || edge.target.rowKey === target) &&
          (kind === undefined || edge.kind === kind),
      )
      .map(([key, { edge }]): [string, Edge] => [key, edge])
      .sort(([one], [other]) => (one < other ? -1 : 1));
  return {
    written,
    all: () =>
      [...factories.values()]
        .flatMap((edges) => [...edges.values()])
        .map(
          ({ edge: { kind, source, target } }) =>
            `${source.rowKey} ${kind} ${target.rowKey ?? target.name}`,
        )
        .sort(),
    async hashes(connector, factory, owner) {
      const own = [...of(connector, factoryHash(factory))].filter(([key]) =>
        key.startsWith(ownerPrefix(owner)),
      );
      return new Map(own.map(([key, { hash }]) => [key, hash]));
    },
    async write(connector, factory, changes) {
      const edges = of(connector, factoryHash(factory));
      for (const { put, remove } of changes) {
        for (const { key, hash, edge } of put) edges.set(key, structuredClone({ hash, edge }));
        for (const key of remove) edges.delete(key);
        written.push(...put.map(({ key }) => key), ...remove);
      }
    },
    async list(connector, factory, query, { limit, continuation = '' }) {
      const all = matching(connector, factory, query).filter(([key]) => key > continuation);
      const page = all.slice(0, limit);
      const last = page.at(-1)?.[0];
      return {
        items: page.map(([, edge]) => edge),
        ...(all.length > page.length && last !== undefined && { continuation: last }),
      };
    },
    async count(connector, factory, query) {
      const counts: EdgeCounts = {};
      for (const [, { kind }] of matching(connector, factory, query))
        counts[kind] = ((counts as Record<EdgeKind, number | undefined>)[kind] ?? 0) + 1;
      return counts;
    },
    async deleteFactory(connector, factory) {
      of(connector, factory).clear();
    },
  };
}
