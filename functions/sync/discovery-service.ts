/**
 * Finds the factories that a sync reads, page by page, and records the start of the sync run and the
 * size of its work.
 */
import type { EtagMapStore, KnownFactory } from '../catalog/ports';
import type { ConnectorService } from '../connectors/connector-service';
import type { FactoryReader } from '../data-factory/ports';
import { factoryId, type FactoryRef } from '../data-factory/resource';
import { ThrottledError } from '../errors/app-error';
import { discoveredFactories, retriedFactories, type Discovered } from './discovered-factories';
import type {
  DiscoveredFactory,
  DiscoverInput,
  DiscoveryResult,
} from './orchestration/step-messages';
import { mirroredKinds } from './orchestration/sync-plan';
import type { StopRequestService } from './stop-request-service';
import type { SyncRunService } from './sync-run-service';

/** Number of factories in one Durable history, which should stay short. */
const factoriesPerPage = 200;

export class DiscoveryService {
  constructor(
    private readonly factoryReader: Pick<FactoryReader, 'discover'>,
    private readonly etagMaps: Pick<EtagMapStore, 'listFactories'>,
    private readonly connectors: Pick<ConnectorService, 'get'>,
    private readonly syncRuns: Pick<
      SyncRunService,
      'factoriesToRetry' | 'recordStarted' | 'recordDiscovered'
    >,
    private readonly stopRequests: Pick<StopRequestService, 'check'>,
    private readonly now: () => Date,
  ) {}

  /** The page of factories after `target.after`. May be repeated. */
  async discover(target: DiscoverInput): Promise<DiscoveryResult> {
    const [stopRequest, ...stored] = await Promise.all([
      this.stopRequests.check(target),
      this.etagMaps.listFactories(target),
      this.syncRuns.factoriesToRetry(target),
    ]);
    if (stopRequest === 'cancelled') return { factories: [] };
    const [found] = await Promise.all([
      this.find(target, ...stored).catch((error: unknown) => {
        if (!(error instanceof ThrottledError)) throw error;
        return new Date(this.now().getTime() + error.retryAfterSeconds * 1_000);
      }),
      this.syncRuns.recordStarted(target),
    ]);
    if (found instanceof Date) return { notBefore: found.toISOString() };
    // Only for the first page: when later pages are read, this sync run has changed the catalog.
    if (target.after === undefined) await this.recordSize(target, found.factories);
    return toPage(found, target);
  }

  private async find(
    target: DiscoverInput,
    known: readonly KnownFactory[],
    named: readonly FactoryRef[] | undefined,
  ): Promise<Discovered> {
    if (named) return retriedFactories(named, known);
    const [{ filters }, listed] = await Promise.all([
      this.connectors.get(target),
      this.factoryReader.discover(target),
    ]);
    return discoveredFactories(listed, known, filters);
  }

  private async recordSize(target: DiscoverInput, factories: readonly DiscoveredFactory[]) {
    const read = factories.filter((each) => !each.filteredOut);
    const isKnown = read.every((each) => each.expectedObjects !== undefined);
    const expectedObjects = read.reduce((sum, each) => sum + (each.expectedObjects ?? 0), 0);
    await this.syncRuns.recordDiscovered(target, {
      factoryCount: factories.length,
      listCount: factories.length * mirroredKinds.length,
      ...(isKnown && { expectedObjects }),
    });
  }
}

/** Whether discovery is in doubt was decided by the first page, before this sync run hid anything. */
function toPage(
  { factories, inDoubt }: Discovered,
  { after = '', discoveryInDoubt = inDoubt }: DiscoverInput,
): DiscoveryResult {
  const ids = factories.map((each) => factoryId(each).toLowerCase());
  const start = ids.findIndex((id) => id > after);
  const end = start + factoriesPerPage;
  if (start < 0) return { factories: [] };
  const page = factories.slice(start, end).map((each): DiscoveredFactory => {
    return discoveryInDoubt ? { ...each, discoveryInDoubt } : each;
  });
  if (end >= factories.length) return { factories: page };
  return {
    factories: page,
    after: ids[end - 1]!,
    factoryCount: factories.length,
    ...(discoveryInDoubt && { discoveryInDoubt }),
  };
}
