/** Sync runs: started here, watched here. HTTP in, a SyncRunService call, HTTP out. */
import { z } from 'zod';
import { orchestrationClient } from '../durable/orchestrations';
import { readers, runners } from '../http/caller';
import { contentTag } from '../http/conditional';
import { endpoint } from '../http/endpoint';
import { listOf, pageParameters } from '../http/paging';
import { syncMode } from './sync-run';
import { syncRunAnswer, toSyncRunAnswer } from './sync-run-answer';

const id = z.string().regex(/^[\w-]{1,100}$/);
/** Seconds until another look is worth it. */
const retryAfter = '1';

const startSync = endpoint({
  method: 'POST',
  route: 'connectors/{id}/syncs',
  summary: 'Start a sync; the first one copies everything, later ones what has changed',
  allow: runners,
  params: z.object({ id }),
  body: z.strictObject({ mode: syncMode.optional() }),
  bodyOptional: true,
  idempotent: 'optional',
  extraInputs: [orchestrationClient],
  answers: { 202: syncRunAnswer },

  async handle({ params, body, caller, context }, { syncRuns, orchestrations }) {
    const { tenantId, objectId, displayName } = caller;
    const run = await syncRuns.begin(
      tenantId,
      params.id,
      { trigger: 'manual', mode: body.mode, requestedBy: { objectId, displayName } },
      orchestrations(context),
    );
    return {
      status: 202,
      headers: {
        Location: `/api/connectors/${run.connectorId}/syncs/${run.id}`,
        'Retry-After': retryAfter,
      },
      jsonBody: toSyncRunAnswer(run),
    };
  },
});

const listSyncs = endpoint({
  method: 'GET',
  route: 'connectors/{id}/syncs',
  summary: 'The syncs of a connector, newest first',
  allow: readers,
  params: z.object({ id }),
  query: z.strictObject(pageParameters),
  answers: { 200: listOf(syncRunAnswer) },

  async handle({ params, query, caller }, { syncRuns, cursors }) {
    const { tenantId } = caller;
    return cursors.answer(
      { path: `/api/connectors/${params.id}/syncs`, tenantId, query },
      (page) => syncRuns.list(tenantId, params.id, page),
      toSyncRunAnswer,
    );
  },
});

const getSync = endpoint({
  method: 'GET',
  route: 'connectors/{id}/syncs/{runId}',
  summary: 'One sync and how far it is; cheap to ask again with If-None-Match',
  allow: readers,
  params: z.object({ id, runId: z.string().max(100) }),
  conditional: true,
  answers: { 200: syncRunAnswer },

  async handle({ params, caller }, { syncRuns }) {
    const run = toSyncRunAnswer(await syncRuns.get(caller.tenantId, params.id, params.runId));
    return { status: 200, headers: { ETag: contentTag(run) }, jsonBody: run };
  },
});

export const syncRunEndpoints = { startSync, listSyncs, getSync };
