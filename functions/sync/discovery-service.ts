/** Which factories a sync reads: those Azure shows, and those we know, since a vanished one must be looked for. */
import type { EtagMapStore, FactoryReader } from '../catalog/ports';
import { matchesFilters } from '../connectors/factory-filter';
import { factoryId, type ConnectorKey, type FactoryRef } from '../data-factory/resource';
import { factoryHash } from '../data-factory/resource-id';
import type { ConnectorService } from '../connectors/connector-service';
import { ThrottledError } from '../errors/app-error';
import type { Discovered, DiscoveredFactory, RunKey } from './step-messages';

/** As many as one Durable history should remember. */
const chunk = 100;

export interface Found {
  readonly found: Discovered;
  readonly total: number;
  /** Objects of all factories that will be read; absent when one of them is new. */
  readonly expected?: number;
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
    { runId, ...connector }: RunKey,
    after = '',
    only?: readonly FactoryRef[],
  ): Promise<Found> {
    try {
      const wanted = only ?? (await this.visibleAndKnown(connector, runId));
      const all = new Map<string, DiscoveredFactory>(
        wanted.map((each) => [factoryId(each).toLowerCase(), each]),
      );
      const ids = [...all.keys()].sort().filter((id) => id > after);
      const now = ids.slice(0, chunk);
      const factories = now.map((id) => all.get(id)!);
      const more = ids.length > chunk ? { after: now.at(-1)!, total: all.size } : {};
      const read = [...all.values()].filter(({ missed, unwanted }) => !missed && !unwanted);
      const isKnown = read.every(({ expected }) => expected !== undefined);
      const expected = read.reduce((sum, each) => sum + (each.expected ?? 0), 0);
      return { found: { factories, ...more }, total: all.size, ...(isKnown && { expected }) };
    } catch (error) {
      if (!(error instanceof ThrottledError)) throw error;
      const notBefore = new Date(this.now().getTime() + error.retryAfterInSeconds * 1_000);
      return { found: { notBefore: notBefore.toISOString() }, total: 0 };
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
          ? { ...factory, unwanted }
          : again
            ? { ...factory, missed: true }
            : { ...factory, expected: objects },
      );
    }
    const stored = new Map(known.map(({ hash, objects }) => [hash, objects]));
    for (const { tags, ...factory } of visible) {
      const expected = stored.get(factoryHash(factory)) ?? 0;
      if (matchesFilters({ ...factory, ...(tags && { tags }) }, filters))
        kept.push(expected > 0 ? { ...factory, expected } : factory);
      else if (expected > 0) kept.push({ ...factory, unwanted: true });
    }
    return kept;
  }
}
