/**
 * Runs together with what is told of them, for those who watch. That is a row for every factory that has ended, so all
 * who watch a run share what was read of them a moment ago.
 */
import { TtlCache } from '../../concurrency/ttl-cache';
import type { Page, PageRequest } from '../../storage/page';
import { factoryProgressOf, type FactoryProgress, type FactoryState } from './factory-progress';
import type { SyncRunStore } from '../ports';
import { isOver, summaryOf, type SyncRun, type SyncRunSummary } from '../sync-run';
import type { SyncRunService } from '../sync-run-service';
import { factoryKey, emptyReport, type Told } from './progress-report';
import type { RunKey } from '../step-messages';

const ttlMs = 1_000;
/** More would only fill the memory: of a thousand factories much is told. */
const mostRuns = 20;

export interface Watched<R = SyncRunSummary> {
  readonly run: R;
  readonly told: Told;
}

export class ProgressService {
  private readonly looks: TtlCache<Told>;

  constructor(
    private readonly runs: Pick<SyncRunService, 'get'>,
    private readonly store: Pick<SyncRunStore, 'get' | 'told'>,
    now: () => Date,
  ) {
    this.looks = new TtlCache(ttlMs, mostRuns, now);
  }

  /** Throws NotFoundError. */
  async get(key: RunKey): Promise<Watched<SyncRun>> {
    // In this order: what was told is forgotten after the run is over, so one that still goes on has all of it.
    const told = await this.told(key);
    const run = await this.runs.get(key.tenantId, key.connectorId, key.runId);
    return { run, told: this.ifGoesOn(run, told) };
  }

  /** Of a run that was just changed, as it was then. */
  async of(run: SyncRun): Promise<Watched<SyncRun>> {
    return { run, told: isOver(run) ? emptyReport : await this.told(keyOf(run)) };
  }

  /** Most runs of a list are over, and nothing else is asked about these. */
  async all({ items, ...page }: Page<SyncRunSummary>): Promise<Page<Watched>> {
    return { ...page, items: await Promise.all(items.map((run) => this.listed(run))) };
  }

  /** Every factory of a run that has begun, in the order of their ids. Throws NotFoundError. */
  async factories(
    key: RunKey,
    status: FactoryState | undefined,
    { limit, continuation = '' }: PageRequest,
  ): Promise<Page<FactoryProgress>> {
    const { run, told } = await this.get(key);
    const rest = factoryProgressOf(run, told).filter(
      (each) =>
        factoryKey(each.factory) > continuation && (status === undefined || each.status === status),
    );
    const items = rest.slice(0, limit);
    const last = items.at(-1);
    return {
      items,
      ...(rest.length > limit && last && { continuation: factoryKey(last.factory) }),
    };
  }

  private async listed(run: SyncRunSummary): Promise<Watched> {
    if (isOver(run)) return { run, told: emptyReport };
    const told = await this.told(keyOf(run));
    // It may have ended since it was listed.
    const now = await this.store.get(run, run.id);
    return { run: now ? summaryOf(now) : run, told: this.ifGoesOn(now ?? run, told) };
  }

  private told(key: RunKey): Promise<Told> {
    return this.looks.share(nameOf(key), () => this.store.told(key));
  }

  /** What was told a moment ago is not true any more of a run that is over. */
  private ifGoesOn(run: SyncRunSummary | SyncRun, told: Told): Told {
    if (!isOver(run)) return told;
    this.looks.forget(nameOf(keyOf(run)));
    return emptyReport;
  }
}

const nameOf = ({ tenantId, connectorId, runId }: RunKey) => `${tenantId}|${connectorId}|${runId}`;

const keyOf = ({ tenantId, connectorId, id }: SyncRunSummary | SyncRun): RunKey => ({
  tenantId,
  connectorId,
  runId: id,
});
