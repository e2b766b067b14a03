/**
 * Controls orchestrations for operators. An orchestration of a sync run is controlled through its sync
 * run, so that row and instance agree. Each request is recorded before it is carried out, and again if
 * that fails, because Durable has no transactions with our rows.
 */
import { isActive, notRewindable, type InstanceStatus } from '../durable/instance-status';
import type { DurableClient } from '../durable/ports';
import { ConflictError, NotFoundError } from '../errors/app-error';
import { logFailure } from '../errors/log-failure';
import { personOf, type Actor } from '../events/actor';
import { tenantStream, type EventType, type NewEvent } from '../events/event';
import type { EventLog } from '../events/ports';
import type { Stored } from '../storage/stored';
import type { SyncRunKey } from '../storage/sync-run-key';
import type { SyncControlService } from '../sync/sync-control-service';
import { instanceIdOf, isTerminal, type SyncRun } from '../sync/sync-run';
import type { SyncRunService } from '../sync/sync-run-service';
import {
  terminalInstanceStatuses,
  type Orchestration,
  type OrchestrationFilter,
} from './orchestration';
import type { OrchestrationIndexService } from './orchestration-index-service';
import type { OrchestrationService } from './orchestration-service';
import type { OrchestrationStore } from './ports';

interface ControlPorts {
  readonly store: OrchestrationStore;
  readonly index: Pick<OrchestrationIndexService, 'noteStatus'>;
  readonly orchestrations: Pick<OrchestrationService, 'rootOf' | 'list'>;
  readonly syncRuns: Pick<SyncRunService, 'get' | 'begin'>;
  readonly syncControl: Pick<SyncControlService, 'pause' | 'resume' | 'terminate'>;
  readonly events: EventLog;
  readonly newId: () => string;
  readonly now: () => Date;
}

/** Instances that one request purges, within the time of a request. */
const maxPurged = 200;
const purgeMs = 25_000;

type Action = 'suspend' | 'resume' | 'terminate' | 'restart' | 'rewind' | 'event' | 'purge';

interface Target {
  readonly row: Stored<Orchestration>;
  readonly status: InstanceStatus | undefined;
  readonly syncRun: SyncRunKey | undefined;
}

export class OrchestrationControlService {
  constructor(private readonly ports: ControlPorts) {}

  async suspend(actor: Actor, instanceId: string, durableClient: DurableClient): Promise<void> {
    const { row, status, syncRun } = await this.targetOf(actor, instanceId, durableClient);
    assertActive(status);
    await this.carryOut(actor, row, 'suspend', async () => {
      if (syncRun && !(await this.isEnded(syncRun)))
        await this.ports.syncControl.pause(syncRun, personOf(actor), durableClient);
      else await durableClient.suspend(instanceId);
    });
    await this.note(row, durableClient);
  }

  async resume(actor: Actor, instanceId: string, durableClient: DurableClient): Promise<void> {
    const { row, status, syncRun } = await this.targetOf(actor, instanceId, durableClient);
    assertActive(status);
    await this.carryOut(actor, row, 'resume', async () => {
      const run = syncRun && (await this.runOf(syncRun));
      if (syncRun && run?.status === 'paused')
        await this.ports.syncControl.resume(syncRun, personOf(actor), durableClient);
      else await durableClient.resume(instanceId);
    });
    await this.note(row, durableClient);
  }

  async terminate(actor: Actor, instanceId: string, durableClient: DurableClient): Promise<void> {
    const { row, status, syncRun } = await this.targetOf(actor, instanceId, durableClient);
    assertActive(status);
    await this.carryOut(actor, row, 'terminate', async () => {
      if (syncRun && !(await this.isEnded(syncRun)))
        await this.ports.syncControl.terminate(syncRun, personOf(actor), durableClient);
      else await durableClient.terminate(instanceId);
    });
    await this.note(row, durableClient);
  }

  /**
   * Starts a terminal orchestration again with its input, under a new id, which is returned. A sync
   * run begins anew, because its rows belong to the one that ended.
   */
  async restart(actor: Actor, instanceId: string, durableClient: DurableClient): Promise<string> {
    const { row, status, syncRun } = await this.targetOf(actor, instanceId, durableClient);
    if (isActive(status))
      throw new ConflictError(
        'orchestration_active',
        'The orchestration is still active. Terminate it first, or wait until it ends.',
      );
    return this.carryOut(actor, row, 'restart', async () => {
      if (syncRun) return this.restartSync(actor, syncRun, durableClient);
      const instance = await durableClient.getInstance(instanceId);
      if (!instance) throw gone();
      const newInstanceId = `restart-${this.ports.newId()}`;
      await durableClient.start(instance.name, newInstanceId, instance.input);
      return newInstanceId;
    });
  }

  async rewind(actor: Actor, instanceId: string, durableClient: DurableClient): Promise<void> {
    const { row, status, syncRun } = await this.targetOf(actor, instanceId, durableClient);
    if (status !== 'Failed') throw notRewindable(status);
    if (syncRun && (await this.isEnded(syncRun)))
      throw new ConflictError(
        'sync_not_rewindable',
        'The sync run has ended, so its steps would change nothing. Restart the orchestration.',
      );
    await this.carryOut(actor, row, 'rewind', () => durableClient.rewind(instanceId));
    await this.ports.index.noteStatus(actor.tenantId, instanceId, 'Running');
  }

  async raiseEvent(
    actor: Actor,
    instanceId: string,
    event: string,
    data: unknown,
    durableClient: DurableClient,
  ): Promise<void> {
    const { row, status } = await this.targetOf(actor, instanceId, durableClient);
    assertActive(status);
    const raise = () => durableClient.raiseEvent(instanceId, event, data);
    await this.carryOut(actor, row, 'event', raise, { event });
  }

  /** Deletes the history and the row of a terminal orchestration. May be repeated. */
  async purge(actor: Actor, instanceId: string, durableClient: DurableClient): Promise<void> {
    const { row, status } = await this.targetOf(actor, instanceId, durableClient);
    if (isActive(status)) throw notTerminal();
    await this.carryOut(actor, row, 'purge', async () => {
      if ((await this.purgeRow(row, durableClient)) === undefined) throw notTerminal();
    });
  }

  /**
   * Purges terminal orchestrations. `isComplete` is false if others are left, because a request has
   * little time: repeat it.
   */
  async purgeAll(
    actor: Actor,
    filter: OrchestrationFilter,
    durableClient: DurableClient,
  ): Promise<{ readonly purged: number; readonly isComplete: boolean }> {
    const { statuses = terminalInstanceStatuses, createdFrom, createdTo, name } = filter;
    const data = {
      statuses: statuses.join(', '),
      ...(createdFrom && { createdFrom: createdFrom.toISOString() }),
      ...(createdTo && { createdTo: createdTo.toISOString() }),
      ...(name !== undefined && { name }),
    };
    const event = { ...eventOf(actor, undefined, 'orchestration.purge_requested'), data };
    return this.recorded(event, () =>
      this.purgeMatching(actor.tenantId, { ...filter, statuses }, durableClient),
    );
  }

  private async purgeMatching(
    tenantId: string,
    filter: OrchestrationFilter,
    durableClient: DurableClient,
  ) {
    const end = this.ports.now().getTime() + purgeMs;
    let purged = 0;
    let continuation: string | undefined;
    do {
      const page = await this.ports.orchestrations.list(
        tenantId,
        filter,
        'oldest',
        { limit: 50, ...(continuation !== undefined && { continuation }) },
        durableClient,
      );
      for (const row of page.items) {
        if (purged >= maxPurged || this.ports.now().getTime() > end)
          return { purged, isComplete: false };
        if (await this.purgeRow(row, durableClient)) purged++;
      }
      ({ continuation } = page);
    } while (continuation !== undefined);
    return { purged, isComplete: true };
  }

  private async restartSync(
    actor: Actor,
    { tenantId, connectorId }: SyncRunKey,
    durableClient: DurableClient,
  ): Promise<string> {
    const request = { trigger: 'manual', requestedBy: personOf(actor) } as const;
    const key = { tenantId, connectorId };
    return instanceIdOf(await this.ports.syncRuns.begin(key, request, durableClient));
  }

  /** False if another request purged it. Undefined if it is active. */
  private async purgeRow(row: Orchestration, durableClient: Pick<DurableClient, 'purge'>) {
    if (!(await durableClient.purge(row.instanceId))) return undefined;
    return this.ports.store.delete(row);
  }

  /** Throws NotFoundError, and ConflictError for a child, which only its root may control. */
  private async targetOf(
    { tenantId }: Actor,
    instanceId: string,
    durableClient: Pick<DurableClient, 'getStatus'>,
  ): Promise<Target> {
    const row = await this.ports.orchestrations.rootOf(tenantId, instanceId);
    if (row.instanceId !== instanceId)
      throw new ConflictError(
        'orchestration_is_child',
        `The orchestration is part of ${row.instanceId}. Control that one instead.`,
        { location: `/api/ops/orchestrations/${row.instanceId}` },
      );
    const { connectorId, syncRunId } = row;
    const isSync = row.name === 'syncConnector' && connectorId !== undefined;
    return {
      row,
      status: await durableClient.getStatus(instanceId),
      syncRun: isSync && syncRunId !== undefined ? { tenantId, connectorId, syncRunId } : undefined,
    };
  }

  /** True also if the sync run was deleted with its connector. */
  private async isEnded(key: SyncRunKey): Promise<boolean> {
    const run = await this.runOf(key);
    return run === undefined || isTerminal(run);
  }

  private runOf(key: SyncRunKey): Promise<SyncRun | undefined> {
    return this.ports.syncRuns.get(key).catch((error: unknown) => {
      if (error instanceof NotFoundError) return undefined;
      throw error;
    });
  }

  private carryOut<T>(
    actor: Actor,
    row: Orchestration,
    action: Action,
    work: () => Promise<T>,
    data: Readonly<Record<string, string>> = {},
  ): Promise<T> {
    const { instanceId, name } = row;
    const event = eventOf(actor, row, `orchestration.${action}_requested`);
    return this.recorded({ ...event, data: { instanceId, name, ...data } }, work);
  }

  /** Without its record nothing is carried out. An action that fails is recorded once more. */
  private async recorded<T>(event: NewEvent, work: () => Promise<T>): Promise<T> {
    const { events } = this.ports;
    await events.record(event);
    try {
      return await work();
    } catch (error) {
      await events.record({ ...event, outcome: 'failed' }).catch((lost: unknown) => {
        const { tenantId, type: action } = event;
        logFailure('audit.record_lost', lost, { tenantId, action });
      });
      throw error;
    }
  }

  private async note(
    { tenantId, instanceId }: Orchestration,
    durableClient: Pick<DurableClient, 'getStatus'>,
  ): Promise<void> {
    try {
      const status = await durableClient.getStatus(instanceId);
      if (status !== undefined) await this.ports.index.noteStatus(tenantId, instanceId, status);
    } catch (error) {
      logFailure('orchestration_index.write_failed', error, { instanceId });
    }
  }
}

const eventOf = (actor: Actor, row: Orchestration | undefined, type: EventType): NewEvent => ({
  tenantId: actor.tenantId,
  connectorId: row?.connectorId ?? tenantStream,
  type,
  actor,
});

function assertActive(status: InstanceStatus | undefined): void {
  if (status === undefined) throw gone();
  if (!isActive(status))
    throw new ConflictError(
      'orchestration_finished',
      `The orchestration has ended: ${status}. Restart it instead.`,
    );
}

const notTerminal = () =>
  new ConflictError(
    'orchestration_not_purgeable',
    'Only an orchestration that has ended can be purged. Terminate it first.',
  );

const gone = () =>
  new ConflictError(
    'orchestration_gone',
    'Durable has no instance of this orchestration, or not yet. Try again in a few seconds.',
  );
