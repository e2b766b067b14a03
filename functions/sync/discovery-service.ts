/**
 * Finds the factories that a sync reads: those that Azure lists, and those in the catalog that
 * Azure does not list.
 */
import type { EtagMapStore } from '../catalog/ports';
import type { ConnectorService } from '../connectors/connector-service';
import { matchesFilters } from '../connectors/factory-filter';
import type { FactoryReader } from '../data-factory/ports';
import { factoryId, type FactoryRef } from '../data-factory/resource';
import { factoryHash } from '../data-factory/resource-id';
import { ThrottledError } from '../errors/app-error';
import type { ConnectorKey } from '../storage/connector-key';
import type { SyncRunKey } from '../storage/sync-run-key';
import type { DiscoveredFactory, DiscoveryResult } from './orchestration/step-messages';

/** Number of factories in one Durable history, which should stay short. */
const factoriesPerPage = 100;

export interface DiscoveryPage {
  readonly result: DiscoveryResult;
  readonly factoryCount: number;
  /** Objects of all factories that will be read. Absent if the size of one of them is unknown. */
  readonly expectedObjects?: number;
}

export class DiscoveryService {
  constructor(
    private readonly factoryReader: Pick<FactoryReader, 'discover'>,
    private readonly etagMaps: Pick<EtagMapStore, 'listFactories' | 'markMissing'>,
    private readonly connectors: Pick<ConnectorService, 'get'>,
    private readonly now: () => Date,
  ) {}

  /**
   * The factories after an id, sorted by lower-case id, so that pages stay stable when factories
   * are added or removed. A retry names its factories in `only` and discovers no others.
   */
  async discoverAfter(
    { syncRunId, ...connector }: SyncRunKey,
    after = '',
    only?: readonly FactoryRef[],
  ): Promise<DiscoveryPage> {
    try {
      const wanted = only ?? (await this.listedAndKnown(connector, syncRunId));
      const all = new Map<string, DiscoveredFactory>(
        wanted.map((each) => [factoryId(each).toLowerCase(), each]),
      );
      const ids = [...all.keys()].sort().filter((id) => id > after);
      const pageIds = ids.slice(0, factoriesPerPage);
      const factories = pageIds.map((id) => all.get(id)!);
      const isLast = ids.length <= factoriesPerPage;
      const more = isLast ? {} : { after: pageIds.at(-1)!, factoryCount: all.size };
      const read = [...all.values()].filter((each) => !each.missing && !each.filteredOut);
      const isKnown = read.every((each) => each.expectedObjects !== undefined);
      const expectedObjects = read.reduce((sum, each) => sum + (each.expectedObjects ?? 0), 0);
      return {
        result: { factories, ...more },
        factoryCount: all.size,
        ...(isKnown && { expectedObjects }),
      };
    } catch (error) {
      if (!(error instanceof ThrottledError)) throw error;
      const notBefore = new Date(this.now().getTime() + error.retryAfterSeconds * 1_000);
      return { result: { notBefore: notBefore.toISOString() }, factoryCount: 0 };
    }
  }

  /**
   * A factory that Azure does not list is still read, because discovery may be late or incomplete.
   * It is marked as missing only if an earlier sync run missed it, too: the sync then removes it if
   * Azure does not know it, and quarantines its rows if Azure still returns it.
   */
  private async listedAndKnown(
    connector: ConnectorKey,
    syncRunId: string,
  ): Promise<readonly DiscoveredFactory[]> {
    const [{ filters }, listed, known] = await Promise.all([
      this.connectors.get(connector),
      this.factoryReader.discover(connector),
      this.etagMaps.listFactories(connector),
    ]);
    const listedHashes = new Set(listed.map(factoryHash));
    const discovered: DiscoveredFactory[] = [];
    for (const { factory, hash, objects, missingSinceRun } of known) {
      const isListed = listedHashes.has(hash);
      if (isListed && missingSinceRun !== undefined)
        await this.etagMaps.markMissing(connector, factory, undefined);
      if (isListed || objects === 0) continue;
      if (missingSinceRun === undefined)
        await this.etagMaps.markMissing(connector, factory, syncRunId);
      const wasMissing = missingSinceRun !== undefined && missingSinceRun !== syncRunId;
      if (!matchesFilters(factory, filters)) discovered.push({ ...factory, filteredOut: true });
      else if (wasMissing) discovered.push({ ...factory, missing: true });
      else discovered.push({ ...factory, expectedObjects: objects });
    }
    const objectsByHash = new Map(known.map(({ hash, objects }) => [hash, objects]));
    for (const { tags, ...factory } of listed) {
      const expectedObjects = objectsByHash.get(factoryHash(factory)) ?? 0;
      if (matchesFilters({ ...factory, ...(tags && { tags }) }, filters))
        discovered.push(expectedObjects > 0 ? { ...factory, expectedObjects } : factory);
      else if (expectedObjects > 0) discovered.push({ ...factory, filteredOut: true });
    }
    return discovered;
  }
}
