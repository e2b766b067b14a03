/** Sync runs: started here, watched here. HTTP in, a SyncRunService call, HTTP out. */
import { z } from 'zod';
import { durableClientInput } from '../durable/durable-client';
import { anyRole, ownersAndMembers } from '../http/caller';
import { contentEtag } from '../http/conditional';
import { endpoint } from '../http/endpoint';
import { listOf, pageParameters } from '../http/paging';
import { factoryAnswer, toFactoryAnswer } from './factory-response';
import { factoryState } from './progress/factory-progress';
import { syncMode } from './sync-run';
import {
  syncRunAnswer,
  syncSummaryAnswer,
  toSyncRunAnswer,
  toSyncSummaryAnswer,
} from './sync-run-response';
import { emptyReport } from './progress/progress-report';
import { connectorParams, syncRunParams } from '../http/path-params';

/** Seconds until another look is worth it. */
const retryAfter = '1';

const startSync = endpoint({
  method: 'POST',
  route: 'connectors/{connectorId}/syncs',
  summary: 'Start a sync; the first one copies everything, later ones what has changed',
  allow: ownersAndMembers,
  params: connectorParams,
  body: z.strictObject({ mode: syncMode.optional() }),
  bodyOptional: true,
  idempotent: 'optional',
  extraInputs: [durableClientInput],
  responses: { 202: syncRunAnswer },

  async handle({ params, body, caller, context }, { syncRuns, durableClient, now }) {
    const { tenantId, objectId, displayName } = caller;
    const run = await syncRuns.begin(
      tenantId,
      params.connectorId,
      { trigger: 'manual', mode: body.mode, requestedBy: { objectId, displayName } },
      durableClient(context),
    );
    return {
      status: 202,
      headers: {
        Location: `/api/connectors/${run.connectorId}/syncs/${run.id}`,
        'Retry-After': retryAfter,
      },
      jsonBody: toSyncRunAnswer({ run, told: emptyReport }, now()),
    };
  },
});

const listSyncs = endpoint({
  method: 'GET',
  route: 'connectors/{connectorId}/syncs',
  summary: 'The syncs of a connector, newest first, with their counts and how long they took',
  allow: anyRole,
  params: connectorParams,
  query: z.strictObject(pageParameters),
  responses: { 200: listOf(syncSummaryAnswer) },

  async handle({ params, query, caller }, { syncRuns, syncProgress, cursors, now }) {
    const { tenantId } = caller;
    return cursors.answer(
      { path: `/api/connectors/${params.connectorId}/syncs`, tenantId, query },
      async (page) => syncProgress.all(await syncRuns.list(tenantId, params.connectorId, page)),
      (watched) => toSyncSummaryAnswer(watched, now()),
    );
  },
});

const getSync = endpoint({
  method: 'GET',
  route: 'connectors/{connectorId}/syncs/{syncRunId}',
  summary: 'One sync and how far it is; cheap to ask again with If-None-Match',
  allow: anyRole,
  params: syncRunParams,
  ifNoneMatch: true,
  responses: { 200: syncRunAnswer },

  async handle({ params, caller }, { syncProgress, now }) {
    const { connectorId, syncRunId: runId } = params;
    const watched = await syncProgress.get({ tenantId: caller.tenantId, connectorId, runId });
    const run = toSyncRunAnswer(watched, now());
    return { status: 200, headers: { ETag: contentEtag(run) }, jsonBody: run };
  },
});

const listSyncFactories = endpoint({
  method: 'GET',
  route: 'connectors/{connectorId}/syncs/{syncRunId}/factories',
  summary: 'Every factory a sync has begun with, and how it stands or ended',
  allow: anyRole,
  params: syncRunParams,
  query: z.strictObject({ status: factoryState.optional(), ...pageParameters }),
  responses: { 200: listOf(factoryAnswer) },

  async handle({ params, query, caller: { tenantId } }, { syncProgress, cursors }) {
    const { connectorId, syncRunId: runId } = params;
    return cursors.answer(
      { path: `/api/connectors/${connectorId}/syncs/${runId}/factories`, tenantId, query },
      (page) => syncProgress.factories({ tenantId, connectorId, runId }, query.status, page),
      toFactoryAnswer,
    );
  },
});

export const syncRunEndpoints = { startSync, listSyncs, getSync, listSyncFactories };
