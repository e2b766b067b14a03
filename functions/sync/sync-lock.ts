/** One sync at a time for each connector: whoever stores the lock first begins, and locks of the lost are taken over. */
import { ConflictError } from '../errors/app-error';
import { isActive } from '../durable/instance-status';
import type { DurableClient } from '../durable/ports';
import type { SyncRunStore } from './ports';
import { instanceIdOf, isOver, type SyncRun } from './sync-run';

/** Between the row and the start of its instance lie milliseconds; after this long nobody will start it any more. */
const startsWithinInMs = 60_000;

/**
 * Stores the run and locks its connector. A lock whose run is over, or whose instance is not at work any more, is taken
 * over; gives the id of the run that lost it. Throws ConflictError when another one is at work, or is only now started
 * because whoever stored it died before.
 */
export async function acquireSyncLock(
  run: SyncRun,
  store: Pick<SyncRunStore, 'begin' | 'lock' | 'takeOver' | 'get'>,
  durableClient: Pick<DurableClient, 'getStatus'>,
  start: (run: SyncRun) => Promise<void>,
  now: Date,
): Promise<string | undefined> {
  try {
    await store.begin(run);
    return undefined;
  } catch (error) {
    if (!(error instanceof ConflictError)) throw error;
  }
  const lock = await store.lock(run);
  if (!lock) {
    await store.begin(run);
    return undefined;
  }
  // Stored by a first try whose answer was lost on its way.
  if (lock.runId === run.id) return undefined;
  const held = await store.get(run, lock.runId);
  if (held && isOver(held)) {
    await store.takeOver(run, lock).catch(async (error: unknown) => {
      if (!(error instanceof ConflictError)) throw error;
      // It has given its lock back meanwhile.
      await store.begin(run);
    });
    return lock.runId;
  }
  const { connectorId } = run;
  const status = await durableClient.getStatus(instanceIdOf({ connectorId, id: lock.runId }));
  const unknown = status === undefined;
  const starting = unknown && now.getTime() - Date.parse(lock.acquiredAt) < startsWithinInMs;
  const isQueued = unknown && !starting && held?.status === 'queued';
  if (isQueued) await start(held);
  if (starting || isQueued || isActive(status))
    throw new ConflictError('sync_already_running', 'A sync of this connector is running.', {
      location: `/api/connectors/${connectorId}/syncs/${lock.runId}`,
    });
  await store.takeOver(run, lock);
  return lock.runId;
}
