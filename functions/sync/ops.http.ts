/** Endpoints for operators, limited to their tenant. They need no system keys of the app. */
import { z } from 'zod';
import { durableClientInput } from '../durable/durable-client';
import type { Role } from '../http/caller';
import { endpoint } from '../http/endpoint';
import { listOf, pageParameters } from '../http/paging';
import { syncRunId } from '../http/path-params';
import type { HttpServices } from '../http/services';
import { emptyReport } from './progress/progress-report';
import type { SyncServices } from './services';
import { syncStatus } from './sync-run';
import {
  syncRunResponse,
  syncRunSummaryResponse,
  toSyncRunResponse,
  toSyncRunSummaryResponse,
} from './sync-run-response';

type OpsEndpointServices = SyncServices & HttpServices;

const operators: readonly Role[] = ['Operator'];

const opsListSyncs = endpoint({
  method: 'GET',
  route: 'ops/syncs',
  summary: 'List the sync runs of the tenant',
  allow: operators,
  query: z.strictObject({
    status: syncStatus.optional().describe('Only sync runs with this status.'),
    ...pageParameters,
  }),
  responses: { 200: listOf(syncRunSummaryResponse) },

  async handle(
    { query, caller: { tenantId } },
    { ops, syncProgress, cursors, now }: OpsEndpointServices,
  ) {
    return cursors.respond(
      { path: '/api/ops/syncs', tenantId, query },
      async (page) => syncProgress.all(await ops.list(tenantId, query.status, page)),
      (run) => toSyncRunSummaryResponse(run, now()),
    );
  },
});

const opsTerminateSync = endpoint({
  method: 'POST',
  route: 'ops/syncs/{syncRunId}/terminate',
  summary: 'Terminate a sync run',
  allow: operators,
  params: z.object({ syncRunId }),
  extraInputs: [durableClientInput],
  responses: { 200: syncRunResponse },

  async handle({ params, caller, context }, { ops, durableClient, now }: OpsEndpointServices) {
    const run = await ops.terminate(caller, params.syncRunId, durableClient(context));
    return { status: 200, jsonBody: toSyncRunResponse({ run, report: emptyReport }, now()) };
  },
});

const reconciliationResponse = z
  .strictObject({
    repaired: z.array(
      z.strictObject({
        connectorId: z.string(),
        syncRunId: z.string(),
        repair: z.enum([
          'started',
          'marked_lost',
          'stalled',
          'cancelled',
          'suspended',
          'resumed',
          'pause_expired',
          'lock_released',
        ]),
      }),
    ),
  })
  .meta({ id: 'Reconciliation' });

const opsReconcile = endpoint({
  method: 'POST',
  route: 'ops/reconcile',
  summary: 'Reconcile sync runs with their orchestrations',
  allow: operators,
  extraInputs: [durableClientInput],
  responses: { 200: reconciliationResponse },

  async handle({ caller, context }, { syncReconciliation, durableClient }: OpsEndpointServices) {
    const repairs = await syncReconciliation.reconcileFor(caller, durableClient(context));
    return {
      status: 200,
      jsonBody: {
        repaired: repairs.map(({ connectorId, syncRunId: id, repair }) => ({
          connectorId,
          syncRunId: id,
          repair,
        })),
      },
    };
  },
});

export const opsEndpoints = { opsListSyncs, opsTerminateSync, opsReconcile };
