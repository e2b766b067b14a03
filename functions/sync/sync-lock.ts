/**
 * One sync per connector: a create-only lock row decides; the lock of a dead sync run is taken
 * over.
 */
import { isActive } from '../durable/instance-status';
import type { DurableClient } from '../durable/ports';
import { ConflictError } from '../errors/app-error';
import type { OutboxMessage } from '../events/ports';
import type { SyncRunStore } from './ports';
import { instanceIdOf, isTerminal, type SyncRun } from './sync-run';

/**
 * The instance starts milliseconds after its row is stored. After this time no start is pending.
 */
export const startTimeoutMs = 60_000;

/**
 * Stores the run with its events and locks its connector. Takes over a lock if its sync run is terminal or its
 * instance is not active, and returns the id of the sync run that lost it. Throws ConflictError if
 * another sync run is active. A queued sync run whose instance was never started is started first.
 */
export async function acquireSyncLock(
  run: SyncRun,
  events: readonly OutboxMessage[],
  store: Pick<SyncRunStore, 'begin' | 'getLock' | 'takeOverLock' | 'get'>,
  durableClient: Pick<DurableClient, 'getStatus'>,
  start: (run: SyncRun) => Promise<void>,
  now: Date,
): Promise<string | undefined> {
  try {
    await store.begin(run, events);
    return undefined;
  } catch (error) {
    if (!(error instanceof ConflictError)) throw error;
  }
  const lock = await store.getLock(run);
  if (!lock) {
    await store.begin(run, events);
    return undefined;
  }
  // The first attempt was stored, but its response was lost.
  if (lock.syncRunId === run.id) return undefined;
  const holder = await store.get(run, lock.syncRunId);
  if (holder && isTerminal(holder)) {
    await store.takeOverLock(run, lock, events).catch(async (error: unknown) => {
      if (!(error instanceof ConflictError)) throw error;
      // The finished sync run has released its lock in the meantime.
      await store.begin(run, events);
    });
    return lock.syncRunId;
  }
  const { connectorId } = run;
  const status = await durableClient.getStatus(instanceIdOf({ connectorId, id: lock.syncRunId }));
  const isUnknown = status === undefined;
  const isStarting = isUnknown && now.getTime() - Date.parse(lock.acquiredAt) < startTimeoutMs;
  const isQueued = isUnknown && !isStarting && holder?.status === 'queued';
  if (isQueued) await start(holder);
  if (isStarting || isQueued || isActive(status))
    throw new ConflictError(
      'sync_already_running',
      'A sync run of this connector is active. Wait until it is finished.',
      {
        location: `/api/connectors/${connectorId}/syncs/${lock.syncRunId}`,
      },
    );
  await store.takeOverLock(run, lock, events);
  return lock.syncRunId;
}
