/** Which factories a sync reads: those Azure shows, and those we know, since a vanished one must be looked for. */
import type { EtagMapStore, FactoryReader } from '../catalog/ports';
import { factoryId, type ConnectorKey, type FactoryRef } from '../catalog/resource';
import { ThrottledError } from '../errors';
import type { Discovered } from './travel';

/** As many as one Durable history should remember. */
const chunk = 100;

export interface Found {
  readonly found: Discovered;
  readonly total: number;
}

export class DiscoveryService {
  constructor(
    private readonly reader: Pick<FactoryReader, 'discover'>,
    private readonly maps: Pick<EtagMapStore, 'factories'>,
    private readonly now: () => Date,
  ) {}

  /**
   * In the order of their ids, those after the one given; the order holds when factories come or go in between.
   * A retry names its factories and looks for no others.
   */
  async factoriesAfter(
    connector: ConnectorKey,
    after = '',
    only?: readonly FactoryRef[],
  ): Promise<Found> {
    try {
      const wanted = only ?? (await this.visibleAndKnown(connector));
      const all = new Map<string, FactoryRef>(
        wanted.map((each) => [factoryId(each).toLowerCase(), each]),
      );
      const ids = [...all.keys()].sort().filter((id) => id > after);
      const now = ids.slice(0, chunk);
      const factories = now.map((id) => all.get(id)!);
      const more = ids.length > chunk ? { after: now.at(-1)! } : {};
      return { found: { factories, ...more }, total: all.size };
    } catch (error) {
      if (!(error instanceof ThrottledError)) throw error;
      const notBefore = new Date(this.now().getTime() + error.retryAfterInSeconds * 1_000);
      return { found: { notBefore: notBefore.toISOString() }, total: 0 };
    }
  }

  private async visibleAndKnown(connector: ConnectorKey): Promise<readonly FactoryRef[]> {
    const [visible, known] = await Promise.all([
      this.reader.discover(connector),
      this.maps.factories(connector),
    ]);
    const kept = known.filter(({ objects }) => objects > 0).map(({ factory }) => factory);
    return [...kept, ...visible];
  }
}
