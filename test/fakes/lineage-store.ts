/** In-memory LineageStore. The contract tests hold it to the behaviour of the adapter. */
import { SupersededError } from '../../functions/errors/app-error';
import type { LineageFactory, LineageStore } from '../../functions/lineage/ports';
import type { LineageHead, UnitBuckets } from '../../functions/lineage/stored-lineage';
import { factoryHash } from '../../functions/data-factory/resource-id';
import type { ConnectorKey } from '../../functions/storage/connector-key';

export interface FakeLineageStore extends LineageStore {
  /** Numbers of the buckets of each save. */
  readonly saves: number[][];
}

export function fakeLineageStore(): FakeLineageStore {
  const heads = new Map<string, LineageHead & LineageFactory & { etag: string }>();
  const units = new Map<string, UnitBuckets>();
  const keyOf = ({ tenantId, connectorId }: ConnectorKey, hash: string) =>
    `${tenantId}|${connectorId}|${hash}`;
  const saves: number[][] = [];
  return {
    saves,
    async listFactories(connector) {
      return [...heads]
        .filter(([key]) => key.startsWith(keyOf(connector, '')))
        .map(([, { hash, factory, version }]) => ({ hash, factory, version }))
        .sort((one, other) => (one.hash < other.hash ? -1 : 1));
    },
    async loadHead(connector, factory) {
      const head = heads.get(keyOf(connector, factoryHash(factory)));
      if (!head) return { versions: new Map(), rules: 0 };
      const { versions, rules, etag } = head;
      return { versions: new Map(versions), rules, etag };
    },
    async loadUnits(connector, factory) {
      return new Map(units.get(keyOf(connector, factory)));
    },
    async save(connector, factory, head, buckets, loaded) {
      const hash = factoryHash(factory);
      const key = keyOf(connector, hash);
      if (heads.get(key)?.etag !== loaded.etag)
        throw new SupersededError('lineage_superseded', 'Lineage of the factory was written.');
      const etag = `${saves.push([...buckets.keys()])}`;
      heads.set(key, { ...head, hash, factory, etag, version: etag });
      units.set(key, structuredClone(new Map([...(units.get(key) ?? []), ...buckets])));
    },
  };
}
