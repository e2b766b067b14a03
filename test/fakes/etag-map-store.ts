/** In-memory EtagMapStore. The contract tests hold it to the behaviour of the adapter. */
import type { EtagMap, LoadedEtagMap } from '../../functions/catalog/etag-map';
import type { EtagMapStore, KindCounts, KnownFactory } from '../../functions/catalog/ports';
import { superseded } from '../../functions/catalog/superseded';
import {
  listedKinds,
  type FactoryRef,
  type ListedKind,
} from '../../functions/data-factory/resource';
import type { ReferenceIndex } from '../../functions/catalog/reference-index';
import type { ConnectorKey } from '../../functions/storage/connector-key';
import { factoryHash } from '../../functions/data-factory/resource-id';
import { fakeReferenceIndexStore, type FakeReferenceIndexStore } from './reference-index-store';

interface StoredMap extends EtagMap {
  readonly connector: string;
  readonly factory: FactoryRef;
  readonly kind: ListedKind;
  readonly etag: string;
  readonly writer: string;
  readonly earlierWriters: readonly string[];
  readonly savedBy?: string;
}

export interface FakeEtagMapStore extends EtagMapStore {
  /** `claim` or `save` and the kind, in order. */
  readonly writes: string[];
}

export function fakeEtagMapStore(
  references: Pick<FakeReferenceIndexStore, 'replace'> = fakeReferenceIndexStore(),
): FakeEtagMapStore {
  const maps = new Map<string, StoredMap>();
  const writes: string[] = [];
  let versions = 0;
  const gone = new Map<string, string>();
  /** Versions of factories whose derived data is stale. */
  const stale = new Map<string, string>();
  const name = ({ tenantId, connectorId }: ConnectorKey) => `${tenantId}|${connectorId}`;
  const key = (connector: ConnectorKey, factory: FactoryRef, kind: ListedKind) =>
    `${name(connector)}|${factoryHash(factory)}|${kind}`;
  const of = (connector: ConnectorKey) =>
    [...maps.values()].filter((each) => each.connector === name(connector));
  return {
    writes,
    async load(connector, factory, kind) {
      const stored = maps.get(key(connector, factory, kind));
      if (!stored) return { entries: new Map(), version: {} };
      const { entries, dirtySyncRunId, completed, etag, writer, earlierWriters, savedBy } = stored;
      return {
        entries: new Map(entries),
        ...(dirtySyncRunId !== undefined && { dirtySyncRunId }),
        ...(writer !== savedBy && { isInterrupted: true }),
        ...(completed && { completed }),
        version: { etag, writer, ...(earlierWriters.length > 0 && { earlierWriters }) },
      };
    },
    async loadFactory(connector, factory) {
      const loaded = new Map<ListedKind, LoadedEtagMap>();
      for (const { kind, ...each } of of(connector))
        if (factoryHash(each.factory) === factoryHash(factory))
          loaded.set(kind, await this.load(connector, factory, kind));
      return loaded;
    },
    async claim(connector, factory, kind, dirtySyncRunId, loaded, writer) {
      writes.push(`claim ${kind}`);
      const at = key(connector, factory, kind);
      const stored = maps.get(at);
      if (stored?.etag !== loaded.etag) throw superseded();
      const version = { etag: `etag ${++versions}`, writer };
      const earlierWriters = [loaded.writer ?? [], loaded.earlierWriters ?? []].flat();
      stale.set(`${name(connector)}|${factoryHash(factory)}`, version.etag);
      const common = { connector: name(connector), factory, kind, entries: new Map() };
      maps.set(at, { ...common, ...stored, dirtySyncRunId, earlierWriters, ...version });
      return version;
    },
    async save(connector, factory, kind, map, { etag, writer }, index) {
      writes.push(`save ${kind}`);
      const at = key(connector, factory, kind);
      if (maps.get(at)?.etag !== etag) throw superseded();
      if (index) references.replace(connector, factory, kind, index);
      maps.set(at, {
        connector: name(connector),
        factory,
        kind,
        ...map,
        entries: new Map(map.entries),
        etag: `etag ${++versions}`,
        writer,
        earlierWriters: [],
        ...(!map.isInterrupted && { savedBy: writer }),
      });
    },
    async listFactories(connector) {
      const found = new Map<string, KnownFactory>();
      for (const { factory, kind, entries, savedBy } of of(connector)) {
        const hash = factoryHash(factory);
        const { objects: before = 0, kinds = [] } = found.get(hash) ?? {};
        const objects = before + entries.size;
        const mayHaveRows = entries.size > 0 || savedBy === undefined;
        const goneSinceRun = gone.get(`${name(connector)}|${hash}`);
        found.set(hash, {
          hash,
          factory,
          objects,
          kinds: listedKinds.filter((k) => kinds.includes(k) || (k === kind && mayHaveRows)),
          ...(goneSinceRun !== undefined && { goneSinceRun }),
          ...(stale.has(`${name(connector)}|${hash}`) && { derivedIsStale: true }),
        });
      }
      return [...found.values()].sort((a, b) => (a.hash < b.hash ? -1 : 1));
    },
    async markGone(connector, factory, syncRunId) {
      const at = `${name(connector)}|${factoryHash(factory)}`;
      if (syncRunId === undefined) gone.delete(at);
      else gone.set(at, syncRunId);
    },
    async findStaleDerivedData(connector, factory) {
      const etag = stale.get(`${name(connector)}|${factoryHash(factory)}`);
      if (etag === undefined) return undefined;
      const found = (await this.listFactories(connector)).find(
        ({ hash }) => hash === factoryHash(factory),
      );
      return { etag, objects: found?.objects ?? 0 };
    },
    async markDerivedDataCurrent(connector, factory, { etag }) {
      const at = `${name(connector)}|${factoryHash(factory)}`;
      if (stale.get(at) === etag) stale.delete(at);
    },
    async countByKind(connector) {
      const counts: KindCounts = {};
      for (const { kind, entries } of of(connector)) {
        counts[kind] = (counts[kind] ?? 0) + entries.size;
        const children = [...entries.values()].reduce((sum, each) => sum + (each.children ?? 0), 0);
        if (kind === 'pipeline') counts.activity = (counts.activity ?? 0) + children;
      }
      return counts;
    },
    async forget(connector, factory, kind, { etag }) {
      const at = key(connector, factory, kind);
      if (maps.get(at)?.etag !== etag) throw superseded();
      maps.delete(at);
    },
    async forgetFactory(connector, factory) {
      gone.delete(`${name(connector)}|${factoryHash(factory)}`);
      stale.delete(`${name(connector)}|${factoryHash(factory)}`);
    },
    async deleteConnector(connector) {
      for (const [at, each] of maps) if (each.connector === name(connector)) maps.delete(at);
    },
  };
}

/** Stores an etag map as a step does: it loads, claims and saves the map. */
export async function storeMap(
  maps: EtagMapStore,
  connector: ConnectorKey,
  factory: FactoryRef,
  kind: ListedKind,
  map: EtagMap,
  references?: ReferenceIndex,
): Promise<void> {
  const { version } = await maps.load(connector, factory, kind);
  const claimed = await maps.claim(connector, factory, kind, 'any-run', version, 'writer');
  await maps.save(connector, factory, kind, map, claimed, references);
}
