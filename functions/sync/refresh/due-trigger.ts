/** Whether the refresh timer should start a sync of a connector now. */
import type { Connector } from '../../connectors/connector';
import { nextRunAt, type Schedule } from '../../connectors/schedule';
import type { SyncTrigger } from '../sync-run';

/**
 * `connect` for a connector that was reconnected after its last sync, `schedule` for one that is
 * due.
 */
export function dueTrigger(
  connector: Connector,
  defaultSchedule: Schedule,
  now: Date,
): Extract<SyncTrigger, 'connect' | 'schedule'> | undefined {
  const { connection, syncSummary } = connector;
  const next = nextRunAt(connector, defaultSchedule);
  if (next === undefined) return undefined;
  const connectedAt = Date.parse(connection.connectedAt ?? '');
  if (syncSummary && connectedAt > Date.parse(syncSummary.lastStartedAt)) return 'connect';
  return next <= now ? 'schedule' : undefined;
}
