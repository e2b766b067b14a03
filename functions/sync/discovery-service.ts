/** Which factories a sync reads: those Azure shows, and those we know, since a vanished one must be looked for. */
import type { EtagMapStore } from '../catalog/ports';
import type { FactoryReader } from '../data-factory/ports';
import { matchesFilters } from '../connectors/factory-filter';
import { factoryId, type FactoryRef } from '../data-factory/resource';
import type { ConnectorKey } from '../storage/connector-key';
import { factoryHash } from '../data-factory/resource-id';
import type { ConnectorService } from '../connectors/connector-service';
import { ThrottledError } from '../errors/app-error';
import type { DiscoveryResult, DiscoveredFactory, SyncRunKey } from './step-messages';

/** As many as one Durable history should remember. */
const chunk = 100;

export interface DiscoveryPage {
  readonly result: DiscoveryResult;
  readonly factoryCount: number;
  /** Objects of all factories that will be read; absent when one of them is new. */
  readonly expectedObjects?: number;
}

export class DiscoveryService {
  constructor(
    private readonly reader: Pick<FactoryReader, 'discover'>,
    private readonly maps: Pick<EtagMapStore, 'factories' | 'miss'>,
    private readonly connectors: Pick<ConnectorService, 'get'>,
    private readonly now: () => Date,
  ) {}

  /**
   * In the order of their ids, those after the one given; the order holds when factories come or go in between.
   * A retry names its factories and looks for no others.
   */
  async discoverAfter(
    { syncRunId, ...connector }: SyncRunKey,
    after = '',
    only?: readonly FactoryRef[],
  ): Promise<DiscoveryPage> {
    try {
      const wanted = only ?? (await this.visibleAndKnown(connector, syncRunId));
      const all = new Map<string, DiscoveredFactory>(
        wanted.map((each) => [factoryId(each).toLowerCase(), each]),
      );
      const ids = [...all.keys()].sort().filter((id) => id > after);
      const now = ids.slice(0, chunk);
      const factories = now.map((id) => all.get(id)!);
      const more = ids.length > chunk ? { after: now.at(-1)!, total: all.size } : {};
      const read = [...all.values()].filter(({ missing, filteredOut }) => !missing && !filteredOut);
      const isKnown = read.every(({ expectedObjects }) => expectedObjects !== undefined);
      const expected = read.reduce((sum, each) => sum + (each.expectedObjects ?? 0), 0);
      return { result: { factories, ...more }, factoryCount: all.size, ...(isKnown && { expectedObjects: expected }) };
    } catch (error) {
      if (!(error instanceof ThrottledError)) throw error;
      const notBefore = new Date(this.now().getTime() + error.retryAfterSeconds * 1_000);
      return { result: { notBefore: notBefore.toISOString() }, factoryCount: 0 };
    }
  }

  /**
   * A factory we know and Azure does not show is read all the same, since discovery may be late or blind. Only one
   * that an earlier run has missed as well is called missed: that it is gone is certain when Azure does not know it, and
   * to be confirmed when it answers, as it also does where this credential merely may not list it any more.
   */
  private async visibleAndKnown(
    connector: ConnectorKey,
    runId: string,
  ): Promise<readonly DiscoveredFactory[]> {
    const [{ filters }, visible, known] = await Promise.all([
      this.connectors.get(connector.tenantId, connector.connectorId),
      this.reader.discover(connector),
      this.maps.factories(connector),
    ]);
    const seen = new Set(visible.map(factoryHash));
    const kept: DiscoveredFactory[] = [];
    for (const { factory, hash, objects, missingSinceRun } of known) {
      if (seen.has(hash) && missingSinceRun !== undefined)
        await this.maps.miss(connector, factory, undefined);
      if (seen.has(hash) || objects === 0) continue;
      if (missingSinceRun === undefined) await this.maps.miss(connector, factory, runId);
      const again = missingSinceRun !== undefined && missingSinceRun !== runId;
      const unwanted = !matchesFilters(factory, filters);
      kept.push(
        unwanted
          ? { ...factory, filteredOut: unwanted }
          : again
            ? { ...factory, missing: true }
            : { ...factory, expectedObjects: objects },
      );
    }
    const stored = new Map(known.map(({ hash, objects }) => [hash, objects]));
    for (const { tags, ...factory } of visible) {
      const expected = stored.get(factoryHash(factory)) ?? 0;
      if (matchesFilters({ ...factory, ...(tags && { tags }) }, filters))
        kept.push(expected > 0 ? { ...factory, expectedObjects: expected } : factory);
      else if (expected > 0) kept.push({ ...factory, filteredOut: true });
    }
    return kept;
  }
}
