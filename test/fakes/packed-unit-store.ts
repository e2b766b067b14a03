/** In-memory PackedUnitStore, of lineage and search. The contract tests hold it to the behaviour of the adapter. */
import { SupersededError } from '../../functions/errors/app-error';
import type {
  PackedBuckets,
  PackedFactory,
  PackedHead,
  PackedUnit,
} from '../../functions/catalog/packed-units';
import type { PackedUnitStore } from '../../functions/catalog/ports';
import { factoryHash } from '../../functions/data-factory/resource-id';
import type { ConnectorKey } from '../../functions/storage/connector-key';

export interface FakePackedUnitStore<Unit extends PackedUnit> extends PackedUnitStore<Unit> {
  /** Numbers of the buckets of each save. */
  readonly saves: number[][];
}

export function fakePackedUnitStore<Unit extends PackedUnit>(): FakePackedUnitStore<Unit> {
  const heads = new Map<string, PackedHead & PackedFactory & { etag: string }>();
  const units = new Map<string, PackedBuckets<Unit>>();
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
        throw new SupersededError('packed_units_superseded', 'The factory was written.');
      const etag = `${saves.push([...buckets.keys()])}`;
      heads.set(key, { ...head, hash, factory, etag, version: etag });
      units.set(key, structuredClone(new Map([...(units.get(key) ?? []), ...buckets])));
    },
    async forget(connector, factory, { etag }) {
      const key = keyOf(connector, factoryHash(factory));
      if (etag === undefined) return;
      if (heads.get(key)?.etag !== etag)
        throw new SupersededError('packed_units_superseded', 'The factory was written.');
      heads.delete(key);
      units.delete(key);
    },
  };
}
