/** A new sync run, queued and without results. */
import type { Connector } from '../connectors/connector';
import type { Person } from '../events/actor';
import type { SyncMode, SyncRun, SyncTrigger } from './sync-run';

export interface SyncRequest {
  readonly trigger: SyncTrigger;
  readonly mode?: SyncMode | undefined;
  readonly requestedBy?: Person;
  /** Reads only the factories that failed in this sync run. */
  readonly retryOf?: string;
}

export function newSyncRun(
  { tenantId, id: connectorId, syncSummary }: Connector,
  { trigger, mode, requestedBy, retryOf }: SyncRequest,
  id: string,
  at: Date,
): SyncRun {
  return {
    tenantId,
    connectorId,
    id,
    mode: mode ?? (syncSummary?.lastSuccessAt ? 'incremental' : 'initial'),
    trigger,
    status: 'queued',
    phase: 'queued',
    listCount: 0,
    factoryCount: 0,
    tallies: {},
    factories: [],
    activeMs: 0,
    ...(requestedBy && { requestedBy }),
    ...(retryOf && { retryOf }),
    createdAt: at.toISOString(),
    updatedAt: at.toISOString(),
  };
}
