/** Sync runs: begun once per connector at a time, watched, finished. How the copying is done is the catalogue's. */
import type { Failure } from '../catalog/mirror-messages';
import { addTallies, totalOf, type Tallies } from '../catalog/tallies';
import type { FactoryRef } from '../data-factory/resource';
import type { ConnectorKey } from '../storage/connector-key';
import { statusOf, type Connector } from '../connectors/connector';
import type { ConnectorService } from '../connectors/connector-service';
import { ConflictError, NotFoundError, StaleError } from '../errors/app-error';
import type { EventLog } from '../events/ports';
import type { Page, PageRequest } from '../storage/page';
import { addRunTallies } from '../run-history/run-mirror-messages';
import type { Stored } from '../storage/stored';
import * as happened from './sync-events';
import { lastSync } from './sync-summary';
import { acquireSyncLock } from './sync-lock';
import { newSyncRun, type SyncRequest } from './new-sync-run';
import type { DurableClient } from '../durable/ports';
import type { SyncRunStore } from './ports';
import { nextRunAt, type Schedule } from '../connectors/schedule';
import {
  failedFactories,
  firstFailure,
  instanceIdOf,
  isOver,
  moved,
  statusOfOutcomes,
  type SyncRun,
  type SyncRunSummary,
  type SyncTrigger,
} from './sync-run';
import type { FactoryEnd, FactoryReport, RunKey, SyncOutcome, SyncTarget } from './step-messages';
import { ulid } from '../storage/ulid';

/** As long as the platform lets a function run. */
const longestStepInMs = 10 * 60_000;
const attemptsToChange = 8;

export class SyncRunService {
  constructor(
    private readonly runs: SyncRunStore,
    private readonly connectors: Pick<ConnectorService, 'get' | 'noteSync'>,
    private readonly now: () => Date,
    private readonly random: (size: number) => Uint8Array,
    private readonly usual: Schedule,
    private readonly events: EventLog,
  ) {}

  /** Throws NotFoundError, or ConflictError when it is not connected or already being synced. */
  async begin(
    tenantId: string,
    connectorId: string,
    request: SyncRequest,
    durableClient: Pick<DurableClient, 'start' | 'getStatus'>,
  ): Promise<SyncRun> {
    const connector = await this.connectors.get(tenantId, connectorId);
    if (statusOf(connector, this.now()) !== 'connected')
      throw new ConflictError('connector_not_connected', 'Connect the connector first.');
    const now = this.now();
    const run = newSyncRun(connector, request, ulid(now, this.random(10)), now);
    const start = (held: SyncRun) => this.start(held, durableClient);
    const lost = await acquireSyncLock(run, this.runs, durableClient, start, now);
    if (lost !== undefined) await this.abandon({ ...run, runId: lost });
    await this.start(run, durableClient);
    await this.note(run);
    return run;
  }

  /** May be repeated: an instance that is known already is not started again. */
  async start(run: SyncRun, durableClient: Pick<DurableClient, 'start'>): Promise<void> {
    const { tenantId, connectorId, id: runId, mode, retryOf } = run;
    const input: SyncTarget = { tenantId, connectorId, runId, mode, ...(retryOf && { retryOf }) };
    await durableClient.start('syncConnector', instanceIdOf(run), input);
  }

  /** Throws NotFoundError for another tenant's. */
  async get(tenantId: string, connectorId: string, runId: string): Promise<SyncRun> {
    await this.connectors.get(tenantId, connectorId);
    return this.stored({ tenantId, connectorId }, runId);
  }

  async list(
    tenantId: string,
    connectorId: string,
    page: PageRequest,
  ): Promise<Page<SyncRunSummary>> {
    await this.connectors.get(tenantId, connectorId);
    return this.runs.list({ tenantId, connectorId }, page);
  }

  isDue(connector: Connector): boolean {
    const next = nextRunAt(connector, this.usual);
    return next !== undefined && next <= this.now();
  }

  /** Why the timer should sync it now, if at all: one that was reconnected catches up without waiting its turn. */
  dueTrigger(connector: Connector): Extract<SyncTrigger, 'connect' | 'schedule'> | undefined {
    const { connection, syncSummary } = connector;
    if (nextRunAt(connector, this.usual) === undefined) return undefined;
    const reconnected = Date.parse(connection.connectedAt ?? '');
    if (syncSummary && reconnected > Date.parse(syncSummary.lastStartedAt)) return 'connect';
    return this.isDue(connector) ? 'schedule' : undefined;
  }

  async started(target: SyncTarget): Promise<void> {
    const started = await this.change(target, (run) =>
      run.status === 'queued'
        ? { ...moved(run, 'running', this.now()), phase: 'discovering' }
        : run,
    );
    await this.events.record(happened.started(started));
  }

  async discovered(
    target: SyncTarget,
    found: Pick<SyncRun, 'factoryCount' | 'lists' | 'expected'>,
  ): Promise<void> {
    const now = this.now();
    await this.change(target, (run) => {
      if (isOver(run)) return run;
      // One that was paused when its first step began is queued again.
      const current = run.status === 'queued' ? moved(run, 'running', now) : run;
      return { ...current, phase: 'reading', ...found, updatedAt: now.toISOString() };
    });
  }

  /** While others go on; what became of all of them is said by `finish`. */
  async factoryEnded({
    report,
    expected,
    runHistoryPending,
    durationMs,
    ...run
  }: FactoryEnd): Promise<void> {
    await this.runs.tellEnd(run, {
      outcome: outcomeOf(report),
      ...(expected !== undefined && { expected }),
      ...(runHistoryPending && { runHistoryPending }),
      durationMs,
    });
  }

  /** The factories a retry is about; nothing when all are to be read. */
  async retried({ retryOf, ...connector }: SyncTarget): Promise<readonly FactoryRef[] | undefined> {
    if (retryOf === undefined) return undefined;
    return failedFactories(await this.stored(connector, retryOf));
  }

  /** The last word on a run; gives its connector free. Said twice, the first one counts. */
  async finish({ reports, failure, ...target }: SyncOutcome): Promise<void> {
    const outcomes = reports.map(outcomeOf);
    const tallies = reports.reduce<Tallies>((sum, each) => addTallies(sum, each.tallies), {});
    const finished = await this.change(
      target,
      (run) => {
        if (isOver(run)) return run;
        const now = this.now();
        const error = failure ?? firstFailure(outcomes);
        const status = failure ? 'failed' : statusOfOutcomes(outcomes);
        // Whoever was told that it is being cancelled will find it cancelled, however far it came.
        const ended =
          run.status === 'cancelling'
            ? moved(run, 'cancelled', now)
            : moved(moved(run, 'running', now), status, now);
        return {
          ...ended,
          factories: outcomes,
          tallies,
          runs: addRunTallies(outcomes.flatMap(({ runs }) => runs ?? [])),
          ...(error && { error }),
        };
      },
      (run) => this.runs.finish(run),
    );
    await this.note(finished);
  }

  /** From outside, when its orchestration cannot say the last word itself. One that is over stays as it ended. */
  async end(target: RunKey, status: 'failed' | 'cancelled', error: Failure): Promise<SyncRun> {
    const ended = await this.change(
      target,
      (run) => (isOver(run) ? run : { ...moved(run, status, this.now()), error }),
      (run) => this.runs.finish(run),
    );
    await this.note(ended);
    return ended;
  }

  /** True when no sync writes for the connector any more: one that is told to end gets no further than its step. */
  async stop(tenantId: string, connectorId: string): Promise<boolean> {
    const lock = await this.runs.lock({ tenantId, connectorId });
    if (!lock) return true;
    const run = await this.cancelIfThere({ tenantId, connectorId, runId: lock.runId });
    if (!run || isOver(run)) return true;
    return this.now().getTime() - Date.parse(run.updatedAt) > longestStepInMs;
  }

  async deleteConnector(tenantId: string, connectorId: string): Promise<void> {
    await this.runs.deleteConnector({ tenantId, connectorId });
  }

  /** Told again it is still cancelling since the first time. */
  private async cancelIfThere(target: RunKey): Promise<SyncRun | undefined> {
    const cancel = (run: SyncRun) => (isOver(run) ? run : moved(run, 'cancelling', this.now()));
    return this.change(target, cancel).catch(unlessMissing);
  }

  private async abandon(target: RunKey): Promise<void> {
    const error = { code: 'sync_instance_lost', message: 'The sync stopped without saying why.' };
    await this.end(target, 'failed', error).catch(unlessMissing);
  }

  private async stored(connector: ConnectorKey, runId: string): Promise<Stored<SyncRun>> {
    const run = await this.runs.get(connector, runId);
    if (!run) throw new NotFoundError('sync_not_found', 'There is no sync of this id.');
    return run;
  }

  /** Applies a change to what is stored now, again when somebody else was faster. */
  async change(
    target: RunKey,
    apply: (run: SyncRun) => SyncRun,
    write: (run: Stored<SyncRun>) => Promise<void> = (run) => this.runs.replace(run),
  ): Promise<SyncRun> {
    for (let attempt = 1; ; attempt++) {
      const current = await this.stored(target, target.runId);
      const next = apply(current);
      try {
        if (next !== current || isOver(next)) await write({ ...next, etag: current.etag });
        const ended = happened.ended(next);
        if (ended) await this.events.record(ended);
        return next;
      } catch (error) {
        if (!(error instanceof StaleError) || attempt === attemptsToChange) throw error;
      }
    }
  }

  /** What the connectors page shows of it. A connector that is being deleted needs no note. */
  private async note(run: SyncRun): Promise<void> {
    await this.connectors
      .noteSync(run.tenantId, run.connectorId, (known) => lastSync(known, run))
      .catch(unlessMissing);
  }
}

const outcomeOf = ({ outcome, tallies }: FactoryReport) => ({
  ...outcome,
  counts: totalOf(tallies),
});

/** A run whose connector is gone needs no last word. */
function unlessMissing(failure: unknown): undefined {
  if (!(failure instanceof NotFoundError)) throw failure;
}
