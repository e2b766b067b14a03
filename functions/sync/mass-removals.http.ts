/** Confirming what vanished at once. HTTP in, a MassRemovalService call, HTTP out. */
import { owners } from '../http/caller';
import { endpoint } from '../http/endpoint';
import { runParams } from './sync-control.http';
import { syncRunAnswer, toSyncRunAnswer } from './sync-run-response';

const confirmRemovals = endpoint({
  method: 'POST',
  route: 'connectors/{id}/syncs/{runId}/confirm-removals',
  summary:
    'Confirm that what vanished at once in a sync was meant to, so that it is purged in time',
  allow: owners,
  params: runParams,
  answers: { 200: syncRunAnswer },

  async handle({ params, caller }, { removals, syncProgress, now }) {
    const { tenantId, objectId, displayName } = caller;
    const target = { tenantId, connectorId: params.id, runId: params.runId };
    const run = await removals.confirm(target, { objectId, displayName });
    return { status: 200, jsonBody: toSyncRunAnswer(await syncProgress.of(run), now()) };
  },
});

export const removalEndpoints = { confirmRemovals };
