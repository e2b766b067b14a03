/** Composition of this module: what it offers, and what it needs from outside. */
import { versionHash } from '../data-factory/canonical-json';
import type { FactoryReader } from '../data-factory/ports';
import type { FactoryRef } from '../data-factory/resource';
import type { ConnectorKey } from '../storage/connector-key';
import { CatalogService } from './catalog-service';
import { DocumentLoader } from './document-loader';
import { EdgeService } from './edge-service';
import { FactoryRemovalService } from './factory-removal-service';
import { GoneFactoryService, type DerivedStore } from './gone-factory-service';
import { MirrorService } from './mirror/mirror-service';
import { pageLimits } from './mirror/page-limits';
import type {
  CatalogStore,
  ChangeLog,
  EtagMapStore,
  ReferenceIndexStore,
  RemovalConfirmations,
  TombstoneStore,
} from './ports';
import { RemovedResourcesService } from './removed-resources-service';

export interface CatalogServices {
  readonly catalog: CatalogService;
  readonly removedResources: RemovedResourcesService;
  readonly edges: EdgeService;
  readonly catalogMirror: MirrorService;
  readonly factoryRemoval: FactoryRemovalService;
  readonly goneFactories: GoneFactoryService;
  /** Documents of a factory, for one update of what is derived from them. */
  readonly documentsOf: (connector: ConnectorKey, factory: FactoryRef) => DocumentLoader;
}

export interface CatalogPorts {
  readonly catalogStore: CatalogStore;
  readonly tombstoneStore: TombstoneStore;
  readonly etagMapStore: EtagMapStore;
  readonly referenceIndexStore: ReferenceIndexStore;
  readonly changeLog: Pick<ChangeLog, 'record' | 'recorded'>;
  /** What lineage and search store of each factory. */
  readonly lineageStore: DerivedStore;
  readonly searchStore: DerivedStore;
  readonly removalConfirmations: RemovalConfirmations;
  readonly factoryReader: FactoryReader;
  /** Keys of the hashes that are the versions of resources. */
  readonly versionKey: VersionKey;
  readonly now: () => Date;
}

/** A key that may be replaced while rows have versions of the keys before it. */
export interface VersionKey {
  readonly get: () => Promise<string>;
  /** Other keys, by which stored versions may be hashed. */
  readonly others: () => Promise<readonly string[]>;
}

/** Pages that one worker writes at a time. */
const maxWrittenPages = 4;
/** Pages that one worker reads ahead, besides one of each list. */
const maxPagesReadAhead = 4;

export function catalogServices(ports: CatalogPorts): CatalogServices {
  const { catalogStore, tombstoneStore, etagMapStore, referenceIndexStore, now } = ports;
  return {
    catalog: new CatalogService(catalogStore, etagMapStore),
    removedResources: new RemovedResourcesService(
      tombstoneStore,
      catalogStore,
      etagMapStore,
      ports.removalConfirmations,
    ),
    edges: new EdgeService(catalogStore, referenceIndexStore, etagMapStore),
    catalogMirror: new MirrorService(
      ports.factoryReader,
      catalogStore,
      referenceIndexStore,
      etagMapStore,
      ports.changeLog,
      now,
      {
        current: async () => versionHash(await ports.versionKey.get()),
        others: async () => (await ports.versionKey.others()).map(versionHash),
      },
      pageLimits(maxWrittenPages, maxPagesReadAhead),
    ),
    goneFactories: new GoneFactoryService(etagMapStore, catalogStore, tombstoneStore, [
      ports.lineageStore,
      ports.searchStore,
    ]),
    documentsOf: (connector, factory) =>
      new DocumentLoader(catalogStore, etagMapStore, connector, factory),
    factoryRemoval: new FactoryRemovalService(
      catalogStore,
      referenceIndexStore,
      etagMapStore,
      ports.changeLog,
      now,
    ),
  };
}
