/**
 * Forgets factories that are long gone: their etag maps, reference indexes, writers and units of
 * lineage and search, which would otherwise be read by every sync, list, question and search. Their
 * resources are purged before.
 */
import { listedKinds } from '../data-factory/resource';
import { SupersededError } from '../errors/app-error';
import type { ConnectorKey } from '../storage/connector-key';
import type { PackedUnit } from './packed-units';
import type {
  CatalogStore,
  EtagMapStore,
  KnownFactory,
  PackedUnitStore,
  TombstoneStore,
} from './ports';

export type DerivedStore = Pick<PackedUnitStore<PackedUnit>, 'loadHead' | 'forget'>;

export class GoneFactoryService {
  constructor(
    private readonly etagMaps: Pick<
      EtagMapStore,
      'listFactories' | 'load' | 'forget' | 'forgetFactory'
    >,
    private readonly catalog: Pick<CatalogStore, 'dismissAllWriters'>,
    private readonly tombstones: Pick<TombstoneStore, 'list'>,
    private readonly derived: readonly DerivedStore[],
  ) {}

  /**
   * Forgets the factories without any stored resource. One whose derived data is stale is kept, because
   * lineage and search still show it until a sync run updates them. May be repeated.
   */
  async forget(connector: ConnectorKey): Promise<void> {
    for (const known of await this.etagMaps.listFactories(connector)) {
      if (known.objects > 0 || known.derivedIsStale) continue;
      if (!(await this.hasRemovedResources(connector, known)))
        await this.forgetFactory(connector, known).catch(unlessSuperseded);
    }
  }

  private async hasRemovedResources(connector: ConnectorKey, { hash }: KnownFactory) {
    const { items, continuation } = await this.tombstones.list(connector, hash, undefined, {
      limit: 1,
    });
    return items.length > 0 || continuation !== undefined;
  }

  /** A sync run that is reading the factory for the first time has dirty maps. */
  private async forgetFactory(connector: ConnectorKey, { factory }: KnownFactory): Promise<void> {
    // Heads are loaded first: units that are derived from a map which is written later are kept.
    const heads = await Promise.all(
      this.derived.map(async (store) => ({
        store,
        head: await store.loadHead(connector, factory),
      })),
    );
    const maps = await Promise.all(
      listedKinds.map(async (kind) => ({
        kind,
        map: await this.etagMaps.load(connector, factory, kind),
      })),
    );
    if (maps.some(({ map }) => map.entries.size > 0 || map.dirtySyncRunId !== undefined)) return;
    for (const { store, head } of heads) await store.forget(connector, factory, head);
    for (const { kind, map } of maps) {
      const { etag, writer } = map.version;
      if (writer !== undefined) await this.catalog.dismissAllWriters(connector, factory, kind);
      if (etag !== undefined) await this.etagMaps.forget(connector, factory, kind, map.version);
    }
    await this.etagMaps.forgetFactory(connector, factory);
  }
}

/** The factory has just been found again. */
function unlessSuperseded(error: unknown): undefined {
  if (!(error instanceof SupersededError)) throw error;
}
