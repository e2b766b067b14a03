/**
 * Updates what is derived from the documents of factories, after all lists were read: it needs the
 * processor, which would make the lists of other factories late. One call is one step.
 */
import type { DocumentLoader } from '../../catalog/document-loader';
import type { EtagMapStore, StaleDerivedData } from '../../catalog/ports';
import { ConcurrencyLimiter } from '../../concurrency/concurrency-limiter';
import { mapConcurrently } from '../../concurrency/map-concurrently';
import type { FactoryRef } from '../../data-factory/resource';
import type { StopRequest } from '../../durable/stop-request';
import { logFailure } from '../../errors/log-failure';
import type { ConnectorKey } from '../../storage/connector-key';
import type { SyncRunKey } from '../../storage/sync-run-key';
import type { DerivedDataResult, DerivedDataTarget } from '../orchestration/step-messages';
import type { DerivedData } from '../ports';
import type { StopRequestService } from '../stop-request-service';

/** An update is limited by the processor. While one waits for storage, the other one works. */
const maxConcurrentUpdates = 2;
/** An update holds all documents of its factory in memory: megabytes per thousand. */
const largeFrom = 1_500;
/** Durable gives the message of a step to another worker after a minute. */
const stretchMs = 40_000;

export class DerivedDataService {
  private readonly limiter = new ConcurrencyLimiter(maxConcurrentUpdates);
  private readonly largeOnes = new ConcurrencyLimiter(1);

  constructor(
    /** In the order of their updates, by the name that a log line has. */
    private readonly derived: readonly (readonly [name: string, data: DerivedData])[],
    private readonly documentsOf: (connector: ConnectorKey, factory: FactoryRef) => DocumentLoader,
    private readonly etagMaps: Pick<
      EtagMapStore,
      'findStaleDerivedData' | 'markDerivedDataCurrent'
    >,
    private readonly stopRequests: Pick<StopRequestService, 'check'>,
    private readonly now: () => Date,
  ) {}

  /**
   * Idempotent. A failure is logged and does not fail the sync run: derived data of the factory stays
   * marked as stale, and the next sync run updates it.
   */
  async update({ factories, ...run }: DerivedDataTarget): Promise<DerivedDataResult> {
    const deadline = this.now().getTime() + stretchMs;
    const remaining = new Set(factories);
    let stopRequest: StopRequest | undefined;
    await mapConcurrently(factories, maxConcurrentUpdates, (factory) =>
      this.limiter.run(async () => {
        // The first factory is always updated, so that each step gets on.
        const isLate = remaining.size < factories.length && this.now().getTime() > deadline;
        stopRequest ??= await this.stopRequests.check(run);
        if (isLate || stopRequest) return;
        await this.updateFactory(run, factory);
        remaining.delete(factory);
      }),
    );
    return { remaining: [...remaining], ...(stopRequest && { stopRequest }) };
  }

  private async updateFactory(
    { tenantId, connectorId, syncRunId }: SyncRunKey,
    factory: FactoryRef,
  ): Promise<void> {
    const connector = { tenantId, connectorId };
    const stale = await this.etagMaps.findStaleDerivedData(connector, factory);
    const update = () => this.updateAll({ ...connector, syncRunId }, factory, stale);
    const isSmall = stale !== undefined && stale.objects < largeFrom;
    await (isSmall ? update() : this.largeOnes.run(update));
  }

  private async updateAll(
    { tenantId, connectorId, syncRunId }: SyncRunKey,
    factory: FactoryRef,
    stale: StaleDerivedData | undefined,
  ): Promise<void> {
    const connector = { tenantId, connectorId };
    const documents = this.documentsOf(connector, factory);
    let isCurrent = true;
    for (const [name, data] of this.derived)
      try {
        await data.update(documents);
      } catch (error) {
        isCurrent = false;
        logFailure(`${name}.update_failed`, error, { connectorId, syncRunId });
      }
    if (stale && isCurrent) await this.etagMaps.markDerivedDataCurrent(connector, factory, stale);
  }
}
