/** The change log of a sync run. */
import { z } from 'zod';
import { changeType } from '../catalog/change-log';
import { resourceKind } from '../data-factory/resource';
import { anyRole } from '../http/caller';
import { endpoint } from '../http/endpoint';
import { listOf, pageParameters } from '../http/paging';
import { syncRunParams } from '../http/path-params';
import type { HttpServices } from '../http/services';
import type { SyncServices } from './services';

const syncChangeResponse = z
  .strictObject({
    id: z
      .string()
      .describe(
        'Id of the resource. Get a removed resource with `removed=true` until it is purged.',
      ),
    change: changeType,
    kind: resourceKind,
    name: z.string().describe('Name in Data Factory.'),
    parent: z.string().optional().describe('Pipeline of an activity.'),
    factory: z.strictObject({
      name: z.string(),
      resourceGroup: z.string(),
      subscriptionId: z.string(),
    }),
  })
  .meta({ id: 'SyncChange' });

const listSyncChanges = endpoint({
  method: 'GET',
  route: 'connectors/{connectorId}/syncs/{syncRunId}/changes',
  summary: 'List the resources that a sync run changed',
  allow: anyRole,
  params: syncRunParams,
  query: z.strictObject({
    change: changeType.optional().describe('Only changes of this type.'),
    kind: resourceKind.optional().describe('Only changes of resources of this kind.'),
    ...pageParameters,
  }),
  responses: { 200: listOf(syncChangeResponse) },

  async handle({ params, query, caller }, { syncChanges, cursors }: SyncServices & HttpServices) {
    const { tenantId } = caller;
    const { connectorId, syncRunId } = params;
    return cursors.respond(
      { path: `/api/connectors/${connectorId}/syncs/${syncRunId}/changes`, tenantId, query },
      (page) => syncChanges.list({ tenantId, connectorId, syncRunId }, query, page),
      ({ id, change, kind, name, parent, factory }) => ({
        id,
        change,
        kind,
        name,
        ...(parent !== undefined && { parent }),
        factory: {
          name: factory.name,
          resourceGroup: factory.resourceGroup,
          subscriptionId: factory.subscriptionId,
        },
      }),
    );
  },
});

export const changeEndpoints = { listSyncChanges };
