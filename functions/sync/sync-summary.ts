/**
 * The summary of the last sync in a connector. Writers may be late and may write twice, so the
 * newest sync run wins, its end over its start, and the newest success is kept.
 */
import type { SyncSummary } from '../connectors/connector';
import { activeStatuses, type SyncRun } from './sync-run';

type RunState = Pick<SyncRun, 'id' | 'status' | 'createdAt' | 'finishedAt'>;

/** Returns the known summary itself if the sync run adds nothing to it. */
export function toSyncSummary(known: SyncSummary | undefined, run: RunState): SyncSummary {
  if (known?.lastSyncRunId === run.id && !isActive(known)) return known;
  const successes = [known?.lastSuccessAt, successAtOf(run)].filter((time) => time !== undefined);
  const lastSuccessAt = successes.sort().at(-1);
  const success = lastSuccessAt === undefined ? {} : { lastSuccessAt };
  // Ids sort by creation time.
  if (known && known.lastSyncRunId > run.id)
    return lastSuccessAt === known.lastSuccessAt ? known : { ...known, ...success };
  return {
    lastSyncRunId: run.id,
    lastStatus: run.status,
    lastStartedAt: run.createdAt,
    ...success,
  };
}

const isActive = ({ lastStatus }: SyncSummary) =>
  activeStatuses.some((status) => status === lastStatus);

const successAtOf = ({ status, finishedAt }: RunState) =>
  status === 'succeeded' || status === 'partial' ? finishedAt : undefined;
