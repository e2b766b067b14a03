/** Starting and reading sync runs. */
import { z } from 'zod';
import { durableClientInput } from '../durable/durable-client';
import { personOf } from '../events/actor';
import { anyRole, ownersAndMembers } from '../http/caller';
import { contentEtag } from '../http/conditional';
import { endpoint } from '../http/endpoint';
import { listOf, pageParameters } from '../http/paging';
import { connectorParams, syncRunParams } from '../http/path-params';
import type { HttpServices } from '../http/services';
import { factoryResponse, toFactoryResponse } from './progress/factory-response';
import { factoryState } from './progress/factory-progress';
import { emptyReport } from './progress/progress-report';
import type { SyncServices } from './services';
import { syncMode } from './sync-run';
import {
  syncRunResponse,
  syncRunSummaryResponse,
  toSyncRunResponse,
  toSyncRunSummaryResponse,
} from './sync-run-response';

type SyncEndpointServices = SyncServices & HttpServices;

const pollAfterSeconds = '1';

const startSync = endpoint({
  method: 'POST',
  route: 'connectors/{connectorId}/syncs',
  summary: 'Start a sync run',
  allow: ownersAndMembers,
  params: connectorParams,
  body: z.strictObject({
    mode: syncMode
      .optional()
      .describe('Default: `initial` for the first successful sync, then `incremental`.'),
  }),
  example: { mode: 'full' },
  bodyOptional: true,
  idempotent: 'optional',
  extraInputs: [durableClientInput],
  responses: { 202: syncRunResponse },

  async handle(
    { params, body, caller, context },
    { syncRuns, durableClient, now }: SyncEndpointServices,
  ) {
    const run = await syncRuns.begin(
      { tenantId: caller.tenantId, connectorId: params.connectorId },
      { trigger: 'manual', mode: body.mode, requestedBy: personOf(caller) },
      durableClient(context),
    );
    return {
      status: 202,
      headers: {
        Location: `/api/connectors/${run.connectorId}/syncs/${run.id}`,
        'Retry-After': pollAfterSeconds,
      },
      jsonBody: toSyncRunResponse({ run, report: emptyReport }, now()),
    };
  },
});

const listSyncs = endpoint({
  method: 'GET',
  route: 'connectors/{connectorId}/syncs',
  summary: 'List the sync runs of a connector',
  allow: anyRole,
  params: connectorParams,
  query: z.strictObject(pageParameters),
  responses: { 200: listOf(syncRunSummaryResponse) },

  async handle(
    { params: { connectorId }, query, caller: { tenantId } },
    { syncRuns, syncProgress, cursors, now }: SyncEndpointServices,
  ) {
    return cursors.respond(
      { path: `/api/connectors/${connectorId}/syncs`, tenantId, query },
      async (page) => syncProgress.all(await syncRuns.list({ tenantId, connectorId }, page)),
      (run) => toSyncRunSummaryResponse(run, now()),
    );
  },
});

const getSync = endpoint({
  method: 'GET',
  route: 'connectors/{connectorId}/syncs/{syncRunId}',
  summary: 'Get a sync run and its progress',
  allow: anyRole,
  params: syncRunParams,
  ifNoneMatch: true,
  responses: { 200: syncRunResponse },

  async handle({ params, caller: { tenantId } }, { syncProgress, now }: SyncEndpointServices) {
    const run = toSyncRunResponse(await syncProgress.get({ tenantId, ...params }), now());
    return { status: 200, headers: { ETag: contentEtag(run) }, jsonBody: run };
  },
});

const listSyncFactories = endpoint({
  method: 'GET',
  route: 'connectors/{connectorId}/syncs/{syncRunId}/factories',
  summary: 'List the factories of a sync run',
  allow: anyRole,
  params: syncRunParams,
  query: z.strictObject({
    status: factoryState.optional().describe('Only factories with this status.'),
    ...pageParameters,
  }),
  responses: { 200: listOf(factoryResponse) },

  async handle(
    { params, query, caller: { tenantId } },
    { syncProgress, cursors }: SyncEndpointServices,
  ) {
    const { connectorId, syncRunId } = params;
    return cursors.respond(
      { path: `/api/connectors/${connectorId}/syncs/${syncRunId}/factories`, tenantId, query },
      (page) => syncProgress.factories({ tenantId, ...params }, query.status, page),
      toFactoryResponse,
    );
  },
});

export const syncRunEndpoints = { startSync, listSyncs, getSync, listSyncFactories };
