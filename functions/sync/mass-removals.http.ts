/** Confirming what vanished at once. HTTP in, a MassRemovalService call, HTTP out. */
import { owners } from '../http/caller';
import { endpoint } from '../http/endpoint';
import { syncRunParams } from '../http/path-params';
import { syncRunAnswer, toSyncRunAnswer } from './sync-run-response';

const confirmRemovals = endpoint({
  method: 'POST',
  route: 'connectors/{connectorId}/syncs/{syncRunId}/confirm-removals',
  summary:
    'Confirm that what vanished at once in a sync was meant to, so that it is purged in time',
  allow: owners,
  params: syncRunParams,
  responses: { 200: syncRunAnswer },

  async handle({ params, caller }, { removals, syncProgress, now }) {
    const { tenantId, objectId, displayName } = caller;
    const target = { tenantId, connectorId: params.connectorId, runId: params.syncRunId };
    const run = await removals.confirm(target, { objectId, displayName });
    return { status: 200, jsonBody: toSyncRunAnswer(await syncProgress.of(run), now()) };
  },
});

export const removalEndpoints = { confirmRemovals };
