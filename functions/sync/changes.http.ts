/** The change log of a sync over HTTP. */
import { z } from 'zod';
import { changeType } from '../catalog/change-log';
import { resourceKind } from '../data-factory/resource';
import { anyRole } from '../http/caller';
import { endpoint } from '../http/endpoint';
import { listOf, pageParameters } from '../http/paging';
import { syncRunParams } from '../http/path-params';

const changeAnswer = z
  .strictObject({
    id: z
      .string()
      .describe(
        'Of the resource; what was removed can be read with `deleted=true` until it is purged.',
      ),
    change: changeType,
    kind: resourceKind,
    name: z.string(),
    factory: z.strictObject({
      name: z.string(),
      resourceGroup: z.string(),
      subscriptionId: z.string(),
    }),
  })
  .meta({ id: 'Change' });

const listChanges = endpoint({
  method: 'GET',
  route: 'connectors/{connectorId}/syncs/{syncRunId}/changes',
  summary: 'What a sync added, changed and removed, resource by resource',
  allow: anyRole,
  params: syncRunParams,
  query: z.strictObject({
    change: changeType.optional(),
    kind: resourceKind.optional(),
    ...pageParameters,
  }),
  responses: { 200: listOf(changeAnswer) },

  async handle({ params, query, caller }, { changes, cursors }) {
    const { tenantId } = caller;
    const { connectorId, syncRunId: runId } = params;
    return cursors.answer(
      { path: `/api/connectors/${connectorId}/syncs/${runId}/changes`, tenantId, query },
      (page) => changes.list({ tenantId, connectorId, runId }, query, page),
      ({ id, change, kind, name, factory }) => ({
        id,
        change,
        kind,
        name,
        factory: {
          name: factory.name,
          resourceGroup: factory.resourceGroup,
          subscriptionId: factory.subscriptionId,
        },
      }),
    );
  },
});

export const changeEndpoints = { listChanges };
