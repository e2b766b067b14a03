/** Begins sync runs, reads them, and records how far they are and how they ended. */
import { addTallies, type Tallies } from '../catalog/tallies';
import { statusOf, type Connector } from '../connectors/connector';
import type { ConnectorService } from '../connectors/connector-service';
import type { Schedule } from '../connectors/schedule';
import type { FactoryRef } from '../data-factory/resource';
import type { DurableClient } from '../durable/ports';
import { ConflictError, NotFoundError, type FailureInfo } from '../errors/app-error';
import { logFailure } from '../errors/log-failure';
import type { Person } from '../events/actor';
import type { NewEvent } from '../events/event';
import type { EventLog } from '../events/ports';
import { addRunTallies } from '../run-history/run-tallies';
import type { ConnectorKey } from '../storage/connector-key';
import type { Page, PageRequest } from '../storage/page';
import type { Stored } from '../storage/stored';
import type { SyncRunKey } from '../storage/sync-run-key';
import { ulid, ulidEntropyBytes } from '../storage/ulid';
import { updateRow } from '../storage/update-row';
import { dueTrigger } from './refresh/due-trigger';
import { newSyncRun, type SyncRequest } from './new-sync-run';
import type { SyncRunStore } from './ports';
import type { SyncOutcome, SyncTarget } from './orchestration/step-messages';
import { factoryKey } from './progress/progress-report';
import { eventsOfChange, syncRequested } from './sync-events';
import { acquireSyncLock } from './sync-lock';
import {
  failedFactories,
  firstFailure,
  instanceIdOf,
  isTerminal,
  statusOfOutcomes,
  syncRunKeyOf,
  transition,
  type SyncRun,
  type SyncRunSummary,
} from './sync-run';
import { toSyncSummary } from './sync-summary';

const aliveIntervalMs = 5 * 60_000;

export class SyncRunService {
  constructor(
    private readonly store: SyncRunStore,
    private readonly connectors: Pick<ConnectorService, 'get' | 'recordSync'>,
    private readonly now: () => Date,
    private readonly randomBytes: (size: number) => Uint8Array,
    private readonly defaultSchedule: Schedule,
    private readonly events: EventLog,
  ) {}

  /**
   * Throws NotFoundError, or ConflictError if the connector is not connected or already syncing. A
   * sync run that is stored is begun: reconcileSyncs starts it if this call cannot.
   */
  async begin(
    key: ConnectorKey,
    request: SyncRequest,
    durableClient: Pick<DurableClient, 'start' | 'getStatus'>,
  ): Promise<SyncRun> {
    const connector = await this.connectors.get(key);
    if (statusOf(connector, this.now()) !== 'connected')
      throw new ConflictError(
        'connector_not_connected',
        'The connector is not connected. Connect it first.',
      );
    const now = this.now();
    const run = newSyncRun(connector, request, ulid(now, this.randomBytes(ulidEntropyBytes)), now);
    const { requestedBy } = run;
    const start = (queued: SyncRun) => this.start(queued, durableClient);
    const lost = await this.events.commit(
      requestedBy ? [syncRequested(run, requestedBy)] : [],
      (events) => acquireSyncLock(run, events, this.store, durableClient, start, now),
    );
    const tryTo = (work: Promise<void>) => work.catch(logForRepair(run));
    if (lost !== undefined) await tryTo(this.markLost({ ...key, syncRunId: lost }));
    await tryTo(this.start(run, durableClient));
    await tryTo(this.recordSummary(run));
    return run;
  }

  /** Starts the instance of a sync run, unless it is started already. */
  async start(run: SyncRun, durableClient: Pick<DurableClient, 'start'>): Promise<void> {
    const { mode, retryOf } = run;
    const input: SyncTarget = { ...syncRunKeyOf(run), mode, ...(retryOf && { retryOf }) };
    await durableClient.start('syncConnector', instanceIdOf(run), input);
  }

  /** Throws NotFoundError, also for a sync run of another tenant. */
  async get(key: SyncRunKey): Promise<Stored<SyncRun>> {
    await this.connectors.get(key);
    return this.stored(key, key.syncRunId);
  }

  async list(connector: ConnectorKey, page: PageRequest): Promise<Page<SyncRunSummary>> {
    await this.connectors.get(connector);
    return this.store.list(connector, page);
  }

  /** Trigger of the sync that the refresh timer should start now. Undefined if none is due. */
  dueTrigger(connector: Connector) {
    return dueTrigger(connector, this.defaultSchedule, this.now());
  }

  async recordStarted(target: SyncTarget): Promise<void> {
    await this.change(target, (run) =>
      run.status === 'queued'
        ? { ...transition(run, 'running', this.now()), phase: 'discovering' }
        : run,
    );
  }

  /** A sign of life of a sync run that waits. Written every few minutes only. */
  async recordAlive(key: SyncRunKey): Promise<void> {
    const now = this.now();
    await this.change(key, (run) =>
      run.status === 'running' && now.getTime() - Date.parse(run.updatedAt) >= aliveIntervalMs
        ? { ...run, updatedAt: now.toISOString() }
        : run,
    );
  }

  async recordDiscovered(
    target: SyncTarget,
    found: Pick<SyncRun, 'factoryCount' | 'listCount' | 'expectedObjects'>,
  ): Promise<void> {
    const now = this.now();
    await this.change(target, (run) => {
      if (isTerminal(run)) return run;
      // A run that was paused before its first step is queued again when it is resumed.
      const current = run.status === 'queued' ? transition(run, 'running', now) : run;
      return { ...current, phase: 'reading', ...found, updatedAt: now.toISOString() };
    });
  }

  /** The factories that a retry reads. Undefined if all are to be read. */
  async factoriesToRetry(target: SyncTarget): Promise<readonly FactoryRef[] | undefined> {
    if (target.retryOf === undefined) return undefined;
    return failedFactories(await this.stored(target, target.retryOf));
  }

  /**
   * Records the result of a sync run, from the ends of its factories, and releases its lock. Only the
   * first result counts.
   */
  async finish({ failure, ...target }: SyncOutcome): Promise<void> {
    const { ended } = await this.store.getProgress(target);
    const inOrder = ended.toSorted((one, other) =>
      factoryKey(one.outcome.factory) < factoryKey(other.outcome.factory) ? -1 : 1,
    );
    const outcomes = inOrder.map(({ outcome }) => outcome);
    const tallies = inOrder.reduce<Tallies>((sum, each) => addTallies(sum, each.tallies), {});
    const finished = await this.change(target, (run) => {
      if (isTerminal(run)) return run;
      const now = this.now();
      const error = failure ?? firstFailure(outcomes);
      const status = failure ? 'failed' : statusOfOutcomes(outcomes);
      // A caller has seen `cancelling`: the run ends as cancelled, also if everything was read.
      const ended =
        run.status === 'cancelling'
          ? transition(run, 'cancelled', now)
          : transition(transition(run, 'running', now), status, now);
      return {
        ...ended,
        factories: outcomes,
        tallies,
        runs: addRunTallies(outcomes.flatMap(({ runs }) => runs ?? [])),
        ...(error && { error }),
      };
    });
    await this.store.cleanUp(finished);
    await this.recordSummary(finished);
  }

  /**
   * Ends a sync run whose orchestration cannot do so, for a person if one is named. A terminal run
   * keeps its result.
   */
  async end(
    key: SyncRunKey,
    status: 'failed' | 'cancelled',
    error: FailureInfo,
    by?: Person,
  ): Promise<SyncRun> {
    const ended = await this.change(key, (run) =>
      isTerminal(run)
        ? run
        : { ...transition(run, status, this.now()), error, ...(by && { cancelledBy: by }) },
    );
    await this.store.cleanUp(ended).catch(logForRepair(ended));
    await this.recordSummary(ended).catch(logForRepair(ended));
    return ended;
  }

  /**
   * Applies a change to the stored run, with its events in the same transaction. Reads it again if
   * another writer was faster.
   */
  async change(
    key: SyncRunKey,
    apply: (run: SyncRun) => SyncRun,
    eventsOf: (run: SyncRun) => readonly NewEvent[] = () => [],
  ): Promise<SyncRun> {
    return updateRow<Stored<SyncRun>, SyncRun>(
      () => this.stored(key, key.syncRunId),
      (current) => {
        const next = apply(current);
        if (next === current) return async () => next;
        const { etag } = current;
        const events = [...eventsOf(next), ...eventsOfChange(current, next)];
        return async () => {
          await this.events.commit(events, (messages) =>
            this.store.replace({ ...next, etag }, messages),
          );
          return next;
        };
      },
    );
  }

  private async markLost(key: SyncRunKey): Promise<void> {
    await this.end(key, 'failed', syncLost).catch(unlessMissing);
  }

  private async stored(connector: ConnectorKey, syncRunId: string): Promise<Stored<SyncRun>> {
    const run = await this.store.get(connector, syncRunId);
    if (!run) throw new NotFoundError('sync_not_found', 'No sync run has this id. Check the id.');
    return run;
  }

  /** Updates the summary in the connector. A connector that was deleted meanwhile is ignored. */
  private async recordSummary(run: SyncRun): Promise<void> {
    await this.connectors
      .recordSync(run, (known) => toSyncSummary(known, run))
      .catch(unlessMissing);
  }
}

/** The failure of a sync run whose instance ended without a result. */
export const syncLost: FailureInfo = {
  code: 'sync_instance_lost',
  message: 'The sync run stopped without reporting a result. Start a new one.',
};

/** reconcileSyncs repairs a sync run of which only the row was written. */
const logForRepair =
  ({ id }: SyncRun) =>
  (error: unknown): void =>
    logFailure('sync_run.follow_up_failed', error, { syncRunId: id });

function unlessMissing(error: unknown): undefined {
  if (!(error instanceof NotFoundError)) throw error;
}
