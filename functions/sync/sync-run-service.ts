/** Sync runs: begun once per connector at a time, watched, finished. How the copying is done is the catalogue's. */
import { addTallies, type Tallies } from '../catalog/mirror';
import type { ConnectorKey } from '../catalog/resource';
import { statusOf, type Connector } from '../connectors/connector';
import type { ConnectorService } from '../connectors/connector-service';
import { ConflictError, NotFoundError, StaleError } from '../errors';
import type { Page, PageRequest } from '../page';
import type { Stored } from '../stored';
import type { SyncRunStore } from './ports';
import {
  addMeters,
  firstFailure,
  instanceIdOf,
  isOver,
  moved,
  statusOfOutcomes,
  type Requester,
  type SyncMode,
  type SyncRun,
  type SyncTrigger,
} from './sync-run';
import type { RunOutcome, SyncTarget } from './travel';
import { ulid } from './ulid';

/** What this service needs of Durable: start an instance of ours, and know whether one is still at work. */
export interface Instances {
  start(name: string, instanceId: string, input: unknown): Promise<void>;
  status(instanceId: string): Promise<string | undefined>;
}

export interface SyncRequest {
  readonly trigger: SyncTrigger;
  readonly mode?: SyncMode | undefined;
  readonly requestedBy?: Requester;
}

const atWork = new Set(['Pending', 'Running', 'Suspended', 'ContinuedAsNew']);
/** Between the row and the start of its instance lie milliseconds; after this long nobody will start it any more. */
const startsWithinInMs = 60_000;
/** As long as the platform lets a function run. */
const longestStepInMs = 10 * 60_000;
const attemptsToChange = 8;

export class SyncRunService {
  constructor(
    private readonly runs: SyncRunStore,
    private readonly connectors: Pick<ConnectorService, 'get' | 'noteSync'>,
    private readonly now: () => Date,
    private readonly random: (size: number) => Uint8Array,
    private readonly intervalInMinutes: number,
  ) {}

  /** Throws NotFoundError, or ConflictError when it is not connected or already being synced. */
  async begin(
    tenantId: string,
    connectorId: string,
    request: SyncRequest,
    instances: Instances,
  ): Promise<SyncRun> {
    const connector = await this.connectors.get(tenantId, connectorId);
    if (statusOf(connector, this.now()) !== 'connected')
      throw new ConflictError('connector_not_connected', 'Connect the connector first.');
    const run = this.newRun(connector, request);
    await this.lockFor(run, instances);
    const input: SyncTarget = { tenantId, connectorId, runId: run.id, mode: run.mode };
    await instances.start('syncConnector', instanceIdOf(run), input);
    await this.note(run);
    return run;
  }

  /** Throws NotFoundError for another tenant's. */
  async get(tenantId: string, connectorId: string, runId: string): Promise<SyncRun> {
    await this.connectors.get(tenantId, connectorId);
    return this.stored({ tenantId, connectorId }, runId);
  }

  async list(tenantId: string, connectorId: string, page: PageRequest): Promise<Page<SyncRun>> {
    await this.connectors.get(tenantId, connectorId);
    return this.runs.list({ tenantId, connectorId }, page);
  }

  /** Whether a refresh is due: the interval has passed since the last start, or since it was connected. */
  isDue({ connection, syncSummary }: Connector): boolean {
    const last = Date.parse(syncSummary?.lastStartedAt ?? connection.connectedAt ?? '');
    return Number.isNaN(last) || this.now().getTime() - last >= this.intervalInMinutes * 60_000;
  }

  async started(target: SyncTarget): Promise<void> {
    await this.change(target, (run) =>
      run.status === 'queued'
        ? { ...moved(run, 'running', this.now()), phase: 'discovering' }
        : run,
    );
  }

  async discovered(target: SyncTarget, factoryCount: number, lists: number): Promise<void> {
    const updatedAt = this.now().toISOString();
    await this.change(target, (run) =>
      isOver(run) ? run : { ...run, phase: 'reading', factoryCount, lists, updatedAt },
    );
  }

  /** The last word on a run; gives its connector free. Said twice, the first one counts. */
  async finish({ reports, failure, ...target }: RunOutcome): Promise<void> {
    const outcomes = reports.map(({ outcome }) => outcome);
    const tallies = reports.reduce<Tallies>((sum, each) => addTallies(sum, each.tallies), {});
    const finished = await this.change(
      target,
      (run) => {
        if (isOver(run)) return run;
        const running = moved(run, 'running', this.now());
        const status = failure ? 'failed' : statusOfOutcomes(outcomes);
        const error = failure ?? firstFailure(outcomes);
        return {
          ...moved(running, status, this.now()),
          factories: outcomes,
          tallies,
          ...(error && { error }),
        };
      },
      (run) => this.runs.finish(run),
    );
    await this.note(finished);
  }

  /** True when no sync writes for the connector any more. Without credentials one gets no further than its step. */
  async stop(tenantId: string, connectorId: string): Promise<boolean> {
    const lock = await this.runs.lock({ tenantId, connectorId });
    return !lock || this.now().getTime() - Date.parse(lock.takenAt) > longestStepInMs;
  }

  async deleteConnector(tenantId: string, connectorId: string): Promise<void> {
    await this.runs.deleteConnector({ tenantId, connectorId });
  }

  private newRun(connector: Connector, { trigger, mode, requestedBy }: SyncRequest): SyncRun {
    const now = this.now();
    const at = now.toISOString();
    return {
      tenantId: connector.tenantId,
      connectorId: connector.id,
      id: ulid(now, this.random(10)),
      mode: mode ?? (connector.syncSummary?.lastSuccessAt ? 'incremental' : 'initial'),
      trigger,
      status: 'queued',
      phase: 'queued',
      lists: 0,
      factoryCount: 0,
      meter: addMeters([]),
      tallies: {},
      factories: [],
      ...(requestedBy && { requestedBy }),
      createdAt: at,
      updatedAt: at,
    };
  }

  /** A lock whose instance is not at work any more (or never was) is taken over, and its run called failed. */
  private async lockFor(run: SyncRun, instances: Instances): Promise<void> {
    try {
      return await this.runs.begin(run);
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error;
    }
    const lock = await this.runs.lock(run);
    if (!lock) return this.runs.begin(run);
    const { connectorId } = run;
    const status = await instances.status(instanceIdOf({ connectorId, id: lock.runId }));
    const starting =
      status === undefined && this.now().getTime() - Date.parse(lock.takenAt) < startsWithinInMs;
    if (starting || (status !== undefined && atWork.has(status)))
      throw new ConflictError('sync_already_running', 'A sync of this connector is running.', {
        location: `/api/connectors/${connectorId}/syncs/${lock.runId}`,
      });
    await this.runs.takeOver(run, lock);
    await this.abandon({ ...run, runId: lock.runId });
  }

  private async abandon(target: ConnectorKey & { readonly runId: string }): Promise<void> {
    const error = { code: 'sync_lost', message: 'The sync stopped without saying why.' };
    await this.change(target, (run) =>
      isOver(run) ? run : { ...moved(run, 'failed', this.now()), error },
    ).catch((failure: unknown) => {
      if (!(failure instanceof NotFoundError)) throw failure;
    });
  }

  private async stored(connector: ConnectorKey, runId: string): Promise<Stored<SyncRun>> {
    const run = await this.runs.get(connector, runId);
    if (!run) throw new NotFoundError('sync_not_found', 'There is no sync of this id.');
    return run;
  }

  /** Applies a change to what is stored now, again when somebody else was faster. */
  private async change(
    target: ConnectorKey & { readonly runId: string },
    apply: (run: SyncRun) => SyncRun,
    write: (run: Stored<SyncRun>) => Promise<void> = (run) => this.runs.replace(run),
  ): Promise<SyncRun> {
    for (let attempt = 1; ; attempt++) {
      const current = await this.stored(target, target.runId);
      const next = apply(current);
      try {
        if (next !== current || isOver(next)) await write({ ...next, etag: current.etag });
        return next;
      } catch (error) {
        if (!(error instanceof StaleError) || attempt === attemptsToChange) throw error;
      }
    }
  }

  /** What the connectors page shows of it. A connector that is being deleted needs no note. */
  private async note(run: SyncRun): Promise<void> {
    const { tenantId, connectorId, id, status, createdAt, finishedAt } = run;
    const done = status === 'succeeded' || status === 'partial';
    try {
      const { syncSummary } = await this.connectors.get(tenantId, connectorId);
      const lastSuccessAt = done ? finishedAt : syncSummary?.lastSuccessAt;
      await this.connectors.noteSync(tenantId, connectorId, {
        lastRunId: id,
        lastStatus: status,
        lastStartedAt: createdAt,
        ...(lastSuccessAt !== undefined && { lastSuccessAt }),
      });
    } catch (error) {
      if (!(error instanceof NotFoundError)) throw error;
    }
  }
}
