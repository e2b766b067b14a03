/**
 * What a connector shows of its last sync. Whoever begins a run and whoever ends it tell it at the same time, each of
 * them perhaps late or twice: the newest run counts, its end more than its beginning, and the newest success of all.
 */
import type { SyncSummary } from '../connectors/connector';
import { activeStatuses, type SyncRun } from './sync-run';

type Told = Pick<SyncRun, 'id' | 'status' | 'createdAt' | 'finishedAt'>;

/** Gives back what it was given when the run has nothing to add. */
export function lastSync(known: SyncSummary | undefined, run: Told): SyncSummary {
  if (known?.lastSyncRunId === run.id && !isOpen(known)) return known;
  const successes = [known?.lastSuccessAt, successOf(run)].filter((time) => time !== undefined);
  const lastSuccessAt = successes.sort().at(-1);
  const success = lastSuccessAt === undefined ? {} : { lastSuccessAt };
  // Ids sort by the time they were made.
  if (known && known.lastSyncRunId > run.id)
    return lastSuccessAt === known.lastSuccessAt ? known : { ...known, ...success };
  return {
    lastSyncRunId: run.id,
    lastStatus: run.status,
    lastStartedAt: run.createdAt,
    ...success,
  };
}

const isOpen = ({ lastStatus }: SyncSummary) =>
  activeStatuses.some((status) => status === lastStatus);

const successOf = ({ status, finishedAt }: Told) =>
  status === 'succeeded' || status === 'partial' ? finishedAt : undefined;
