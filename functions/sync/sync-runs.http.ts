/** Sync runs: started here, watched here. HTTP in, a SyncRunService call, HTTP out. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { orchestrationClient } from '../durable/orchestrations';
import { readers, runners } from '../http/caller';
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
    const listing = { path: `/api/connectors/${params.id}/syncs`, tenantId, query };
    const continuation = await cursors.open(listing, query.cursor);
    const page = await syncRuns.list(tenantId, params.id, {
      limit: query.limit,
      ...(continuation !== undefined && { continuation }),
    });
    const nextLink = await cursors.nextLink(listing, page.continuation);
    return {
      status: 200,
      ...(nextLink !== undefined && { headers: { Link: `<${nextLink}>; rel="next"` } }),
      jsonBody: { items: page.items.map(toSyncRunAnswer), nextLink },
    };
  },
});

const getSync = endpoint({
  method: 'GET',
  route: 'connectors/{id}/syncs/{runId}',
  summary: 'One sync and how far it is; cheap to ask again with If-None-Match',
  allow: readers,
  params: z.object({ id, runId: z.string().max(100) }),
  answers: { 200: syncRunAnswer, 304: undefined },

  async handle({ params, caller, request }, { syncRuns }) {
    const run = toSyncRunAnswer(await syncRuns.get(caller.tenantId, params.id, params.runId));
    const etag = `"${createHash('sha256').update(JSON.stringify(run)).digest('base64url').slice(0, 22)}"`;
    const headers = { ETag: etag };
    // RFC 9110 §13.1.2: compared weakly, and `*` matches whatever there is.
    const seen = (request.headers.get('if-none-match') ?? '').split(',');
    if (seen.some((tag) => [etag, '*'].includes(tag.trim().replace(/^W\//, ''))))
      return { status: 304, headers };
    return { status: 200, headers, jsonBody: run };
  },
});

export const syncRunEndpoints = { startSync, listSyncs, getSync };
