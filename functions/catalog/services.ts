/** Composition of this module: what it offers, and what it needs from outside. */
import { ConcurrencyLimiter } from '../concurrency/concurrency-limiter';
import { versionHash } from '../data-factory/canonical-json';
import type { FactoryReader } from '../data-factory/ports';
import { CatalogService } from './catalog-service';
import { EdgeService } from './edge-service';
import { FactoryRemovalService } from './factory-removal-service';
import { GoneFactoryService } from './gone-factory-service';
import { MirrorService } from './mirror-service';
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
}

export interface CatalogPorts {
  readonly catalogStore: CatalogStore;
  readonly tombstoneStore: TombstoneStore;
  readonly etagMapStore: EtagMapStore;
  readonly referenceIndexStore: ReferenceIndexStore;
  readonly changeLog: Pick<ChangeLog, 'record' | 'recorded'>;
  readonly removalConfirmations: RemovalConfirmations;
  readonly factoryReader: FactoryReader;
  /** Secret of the keyed hashes that are the versions of resources. */
  readonly versionKey: () => Promise<string>;
  readonly now: () => Date;
}

/** Pages that one worker writes at a time. A page takes several times its JSON in memory. */
const maxConcurrentPages = 4;

export function catalogServices(ports: CatalogPorts): CatalogServices {
  const { catalogStore, tombstoneStore, etagMapStore, referenceIndexStore, now } = ports;
  const pages = new ConcurrencyLimiter(maxConcurrentPages);
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
      async () => versionHash(await ports.versionKey()),
      (work) => pages.run(work),
    ),
    goneFactories: new GoneFactoryService(etagMapStore, catalogStore, tombstoneStore),
    factoryRemoval: new FactoryRemovalService(
      catalogStore,
      referenceIndexStore,
      etagMapStore,
      ports.changeLog,
      now,
    ),
  };
}
