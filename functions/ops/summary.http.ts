/** Endpoint of the tiles that operators see first. */
import { z } from 'zod';
import { durableClientInput } from '../durable/durable-client';
import { endpoint } from '../http/endpoint';
import type { HttpServices } from '../http/services';
import { syncStatus } from '../sync/sync-run';
import type { OpsServices } from './services';

const opsSummaryResponse = z
  .strictObject({
    connectors: z.strictObject({
      connected: z.int(),
      unconnected: z.int(),
      connection_expired: z.int(),
    }),
    syncs: z
      .partialRecord(syncStatus, z.int())
      .describe('Sync runs by status: active ones, and those that finished within a day.'),
    locks: z.int(),
    oldestActiveAt: z.iso.datetime().nullable(),
    orchestrations: z
      .strictObject({
        active: z.int(),
        failed: z.int().describe('Started within a day.'),
        isComplete: z.boolean().describe('False if there are more than were counted.'),
      })
      .describe('Orchestrations of the tenant, without children.'),
    staleConnectors: z
      .strictObject({
        count: z.int(),
        items: z.array(
          z.strictObject({
            connectorId: z.string(),
            name: z.string(),
            lastSuccessAt: z.iso.datetime().nullable(),
          }),
        ),
      })
      .describe('Connected connectors whose sync is overdue by six hours. At most 20 are listed.'),
    throttledFactories: z.int().describe('Factories that wait for the quota of Azure.'),
    outbox: z.strictObject({
      oldestAt: z.iso.datetime().nullable().describe('Null if each event is relayed.'),
      ageMs: z.int().min(0),
    }),
    drift: z
      .strictObject({
        missing: z.int(),
        unwanted: z.int(),
        foreign: z.int(),
        reconciledAt: z.iso.datetime().nullable().describe('Of the oldest reconciliation.'),
      })
      .describe('Role assignments, as the last reconciliation of each connection found them.'),
  })
  .meta({ id: 'OpsSummary' });

const opsSummary = endpoint({
  method: 'GET',
  route: 'ops/summary',
  summary: 'Get the state of the tenant at a glance',
  allow: ['Operator'],
  cost: 5,
  extraInputs: [durableClientInput],
  responses: { 200: opsSummaryResponse },

  async handle({ caller, context }, { summary, durableClient, now }: OpsServices & HttpServices) {
    const read = await summary.summary(caller.tenantId, durableClient(context));
    const oldestAt = read.oldestPendingEventAt;
    const age = oldestAt === undefined ? 0 : now().getTime() - Date.parse(oldestAt);
    const { connectors, syncs, locks, oldestActiveAt, orchestrations, drift } = read;
    return {
      status: 200,
      jsonBody: {
        connectors,
        syncs,
        locks,
        oldestActiveAt: oldestActiveAt ?? null,
        orchestrations,
        staleConnectors: {
          count: read.staleConnectors.count,
          items: read.staleConnectors.items.map(({ connectorId, name, lastSuccessAt }) => ({
            connectorId,
            name,
            lastSuccessAt: lastSuccessAt ?? null,
          })),
        },
        throttledFactories: read.throttledFactories,
        outbox: { oldestAt: oldestAt ?? null, ageMs: Math.max(0, age) },
        drift: { ...drift, reconciledAt: drift.reconciledAt ?? null },
      },
    };
  },
});

export const summaryEndpoints = { opsSummary };
