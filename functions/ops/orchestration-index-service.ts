/**
 * Keeps the index of orchestrations up to date. The index follows: an instance runs also if its row
 * cannot be written, and a row that is wrong is corrected when it is read.
 */
import { mapConcurrently } from '../concurrency/map-concurrently';
import { isActive, type InstanceStatus } from '../durable/instance-status';
import type { DurableClient } from '../durable/ports';
import { ConflictError, StaleError } from '../errors/app-error';
import { logFailure } from '../errors/log-failure';
import type { Stored } from '../storage/stored';
import { updateRow } from '../storage/update-row';
import {
  activeInstanceStatuses,
  toOrchestration,
  withStatus,
  type Orchestration,
} from './orchestration';
import type { OrchestrationIndex, OrchestrationStore } from './ports';

/** A row without an instance is that of a start which failed. A start takes seconds at most. */
const startTimeoutMs = 5 * 60_000;
const maxConcurrentReads = 8;
/** Active rows that one list with a filter by status compares with Durable. */
const maxRefreshed = 200;

type Statuses = Pick<DurableClient, 'getStatus'>;

export class OrchestrationIndexService implements OrchestrationIndex {
  constructor(
    private readonly store: OrchestrationStore,
    private readonly now: () => Date,
  ) {}

  async noteStart(name: string, instanceId: string, input: unknown): Promise<void> {
    const row = toOrchestration(name, instanceId, input, this.now());
    if (!row) return;
    await this.store.create(row).catch((error: unknown) => {
      if (!(error instanceof ConflictError)) reportLost(error, instanceId);
    });
  }

  async noteRestart(name: string, instanceId: string, input: unknown): Promise<void> {
    const row = toOrchestration(name, instanceId, input, this.now());
    if (row) await this.store.put(row).catch((error: unknown) => reportLost(error, instanceId));
  }

  /** An instance reached a status. */
  async noteStatus(tenantId: string, instanceId: string, status: InstanceStatus): Promise<void> {
    try {
      await updateRow(
        () => this.store.get(tenantId, instanceId),
        (row) => async () => {
          if (row && row.status !== status) await this.store.replace(this.changed(row, status));
        },
      );
    } catch (error) {
      reportLost(error, instanceId);
    }
  }

  async notePurge(from: Date, to: Date): Promise<void> {
    for await (const _instanceId of this.store.deleteTerminal(from, to));
  }

  /** Compares active rows with Durable. */
  async refreshActive(tenantId: string, durableClient: Statuses): Promise<void> {
    const page = await this.store.list(tenantId, { statuses: activeInstanceStatuses }, 'newest', {
      limit: maxRefreshed,
    });
    await this.refresh(page.items, durableClient);
  }

  /** The rows as they are now. Rows of instances that do not exist are left out. */
  async refresh(
    rows: readonly Orchestration[],
    durableClient: Statuses,
  ): Promise<readonly Orchestration[]> {
    const refreshed = await mapConcurrently(rows, maxConcurrentReads, (row) =>
      isActive(row.status) ? this.refreshOne(row, durableClient) : Promise.resolve(row),
    );
    return refreshed.filter((row) => row !== undefined);
  }

  private async refreshOne(
    { tenantId, instanceId }: Orchestration,
    durableClient: Statuses,
  ): Promise<Orchestration | undefined> {
    // The row is read before the status: a status that is noted meanwhile is newer.
    const row = await this.store.get(tenantId, instanceId);
    if (!row || !isActive(row.status)) return row;
    const status = await durableClient.getStatus(instanceId);
    if (status === row.status) return row;
    if (status === undefined) {
      const age = this.now().getTime() - Date.parse(row.createdAt);
      if (age < startTimeoutMs) return row;
      await this.store.delete(row);
      return undefined;
    }
    const changed = this.changed(row, status);
    await this.store.replace(changed).catch((error: unknown) => {
      if (!(error instanceof StaleError)) throw error;
    });
    return changed;
  }

  private changed(row: Stored<Orchestration>, status: InstanceStatus): Stored<Orchestration> {
    return { ...withStatus(row, status, this.now().toISOString()), etag: row.etag };
  }
}

const reportLost = (error: unknown, instanceId: string) =>
  logFailure('orchestration_index.write_failed', error, { instanceId });
