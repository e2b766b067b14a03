/** For operators, within their tenant: orchestrations without system keys. HTTP in, a service call, HTTP out. */
import { z } from 'zod';
import { durableClientInput } from '../durable/durable-client';
import type { Role } from '../http/caller';
import { endpoint } from '../http/endpoint';
import { listOf, pageParameters } from '../http/paging';
import { syncStatus } from './sync-run';
import {
  syncRunAnswer,
  syncSummaryAnswer,
  toSyncRunAnswer,
  toSyncSummaryAnswer,
} from './sync-run-response';
import { emptyReport } from './progress/progress-report';
import { syncRunId } from '../http/path-params';

const operators: readonly Role[] = ['Operator'];

const opsListSyncs = endpoint({
  method: 'GET',
  route: 'ops/syncs',
  summary: 'The syncs of all connectors of the tenant',
  allow: operators,
  query: z.strictObject({ status: syncStatus.optional(), ...pageParameters }),
  responses: { 200: listOf(syncSummaryAnswer) },

  async handle({ query, caller: { tenantId } }, { ops, syncProgress, cursors, now }) {
    return cursors.answer(
      { path: '/api/ops/syncs', tenantId, query },
      async (page) => syncProgress.all(await ops.list(tenantId, query.status, page)),
      (watched) => toSyncSummaryAnswer(watched, now()),
    );
  },
});

const opsTerminateSync = endpoint({
  method: 'POST',
  route: 'ops/syncs/{syncRunId}/terminate',
  summary: 'Stop a sync at once; cancelling is kinder',
  allow: operators,
  params: z.object({ syncRunId }),
  extraInputs: [durableClientInput],
  responses: { 200: syncRunAnswer },

  async handle({ params, caller, context }, { ops, durableClient, now }) {
    const run = await ops.terminate(caller.tenantId, params.syncRunId, durableClient(context));
    return { status: 200, jsonBody: toSyncRunAnswer({ run, told: emptyReport }, now()) };
  },
});

const repaired = z
  .strictObject({
    repaired: z.array(
      z.strictObject({
        connectorId: z.string(),
        runId: z.string(),
        repair: z.enum([
          'started',
          'marked_lost',
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
  summary: 'Put right what rows say and what orchestrations do, now and not when the timer fires',
  allow: operators,
  extraInputs: [durableClientInput],
  responses: { 200: repaired },

  async handle({ caller, context }, { syncReconciliation, durableClient }) {
    const done = await syncReconciliation.reconcile(caller.tenantId, durableClient(context));
    return {
      status: 200,
      jsonBody: {
        repaired: done.map(({ connectorId, runId, repair }) => ({ connectorId, runId, repair })),
      },
    };
  },
});

const summary = z
  .strictObject({
    connectors: z.strictObject({
      connected: z.int(),
      unconnected: z.int(),
      connection_expired: z.int(),
    }),
    syncs: z.partialRecord(syncStatus, z.int()).describe('Under way, or ended within a day.'),
    locks: z.int(),
    oldestActiveAt: z.iso.datetime().nullable(),
  })
  .meta({ id: 'OpsSummary' });

const opsSummary = endpoint({
  method: 'GET',
  route: 'ops/summary',
  summary: 'How connectors and syncs of the tenant stand',
  allow: operators,
  responses: { 200: summary },

  async handle({ caller }, { ops }) {
    const { connectors, syncs, locks, oldestActiveAt } = await ops.summary(caller.tenantId);
    return {
      status: 200,
      jsonBody: { connectors, syncs, locks, oldestActiveAt: oldestActiveAt ?? null },
    };
  },
});

export const opsEndpoints = { opsListSyncs, opsTerminateSync, opsReconcile, opsSummary };
