/** Confirmation of mass removals. */
import { personOf } from '../events/actor';
import { owners } from '../http/caller';
import { endpoint } from '../http/endpoint';
import { syncRunParams } from '../http/path-params';
import type { HttpServices } from '../http/services';
import type { SyncServices } from './services';
import { syncRunResponse, toSyncRunResponse } from './sync-run-response';

const confirmRemovals = endpoint({
  method: 'POST',
  route: 'connectors/{connectorId}/syncs/{syncRunId}/confirm-removals',
  summary: 'Confirm the mass removals of a sync run',
  allow: owners,
  params: syncRunParams,
  responses: { 200: syncRunResponse },

  async handle(
    { params: { connectorId, syncRunId }, caller },
    { massRemovals, syncProgress, now }: SyncServices & HttpServices,
  ) {
    const key = { tenantId: caller.tenantId, connectorId, syncRunId };
    const run = await massRemovals.confirm(key, personOf(caller));
    return { status: 200, jsonBody: toSyncRunResponse(await syncProgress.of(run), now()) };
  },
});

export const massRemovalEndpoints = { confirmRemovals };
