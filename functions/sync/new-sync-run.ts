/** A run as it begins: queued, with nothing done. */
import type { Connector } from '../connectors/connector';
import type { Requester, SyncMode, SyncRun, SyncTrigger } from './sync-run';

export interface SyncRequest {
  readonly trigger: SyncTrigger;
  readonly mode?: SyncMode | undefined;
  readonly requestedBy?: Requester;
  /** Reads only the factories that failed in that run. */
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
    lists: 0,
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
