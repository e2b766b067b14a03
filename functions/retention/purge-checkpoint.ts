/** Checkpoint of the purge of removed resources. */
import { z } from 'zod';
import { connectorCheckpoint } from '../connectors/connector-checkpoint';

/**
 * With a sync run, the purge continues after that sync run of the connector. With a page, it
 * continues within the change log of that sync run.
 */
export const purgeCheckpoint = connectorCheckpoint.extend({
  syncRunId: z.string().exactOptional(),
  page: z.string().exactOptional(),
  /** Rows before that page that could not be purged yet. */
  remaining: z.int().exactOptional(),
});
export type PurgeCheckpoint = Readonly<z.infer<typeof purgeCheckpoint>>;

/** Whether the purge has passed the sync run. Sync runs are read newest first. */
export const isRunBeforeCheckpoint = (
  syncRunId: string,
  checkpoint: Pick<PurgeCheckpoint, 'syncRunId' | 'page'>,
): boolean => {
  const { syncRunId: reached, page } = checkpoint;
  return reached !== undefined && (page === undefined ? syncRunId >= reached : syncRunId > reached);
};
