/** What a connector's factories hold: HTTP in, a CatalogService call, HTTP out. */
import { z } from 'zod';
import { anyRole } from '../http/caller';
import { contentEtag } from '../http/conditional';
import { endpoint } from '../http/endpoint';
import { listOf, pageParameters } from '../http/paging';
import { hashOf } from '../data-factory/canonical-json';
import { edgeKind } from '../data-factory/edge';
import type { CatalogItem } from './catalog-service';
import type { RemovedItem } from './removed-resources-service';
import { factoryId, resourceKind } from '../data-factory/resource';
import { connectorId, connectorParams } from '../http/path-params';

const factoryAnswer = z.strictObject({
  id: z.string(),
  name: z.string(),
  resourceGroup: z.string(),
  subscriptionId: z.string(),
});

const summary = {
  id: z.string(),
  kind: resourceKind,
  name: z.string(),
  factory: factoryAnswer,
  type: z.string().optional(),
  parent: z.string().optional().describe('Of an activity its pipeline.'),
  path: z.string().optional().describe('Of an activity its way through containers.'),
  folder: z.string().optional(),
  annotations: z.array(z.string()).optional(),
  state: z.string().optional(),
  dependsOn: z
    .array(z.strictObject({ activity: z.string(), conditions: z.array(z.string()) }))
    .optional(),
  transformations: z
    .array(z.strictObject({ name: z.string(), type: z.string().optional() }))
    .optional()
    .describe('Of a data flow, in the order of its script.'),
  warnings: z.array(z.string()).optional().describe('What was unexpected about it.'),
  etag: z.string().describe('Changes when, and only when, the content does.'),
  updatedAt: z.iso.datetime().describe('When a sync last found it changed.'),
  removedAt: z.iso.datetime().optional().describe('When a sync found that it was removed.'),
  quarantinedBy: z
    .string()
    .optional()
    .describe('The sync in which so much vanished at once that somebody should confirm it.'),
  pendingConfirmation: z
    .boolean()
    .optional()
    .describe('Of what was removed: whether it is kept until that sync’s removals are confirmed.'),
};
const deleted = z.enum(['true', 'false']).optional();

const resourceSummary = z.strictObject(summary).meta({ id: 'ResourceSummary' });
const edgeCounts = z.partialRecord(edgeKind, z.int());

const resourceAnswer = z
  .strictObject({
    ...summary,
    edges: z
      .strictObject({ out: edgeCounts, in: edgeCounts })
      .optional()
      .describe('Absent once it is removed. How many edges begin and end here, per kind.'),
    body: z
      .unknown()
      .optional()
      .describe(
        'The JSON of Data Factory, secrets redacted. Absent when nobody knows it any more.',
      ),
  })
  .meta({ id: 'Resource' });

const listResources = endpoint({
  method: 'GET',
  route: 'connectors/{connectorId}/resources',
  summary: 'What the factories of a connector hold',
  allow: anyRole,
  params: connectorParams,
  query: z.strictObject({
    kind: resourceKind.optional(),
    factory: z.string().min(1).max(400).optional().describe('Name or ARM id of a factory.'),
    deleted: deleted.describe('true: what was removed and is not purged yet, instead of what is.'),
    ...pageParameters,
  }),
  responses: { 200: listOf(resourceSummary) },

  async handle({ params, query, caller }, { connectors, catalog, removed, cursors }) {
    const { tenantId } = caller;
    const connector = await connectors.get({ tenantId, connectorId: params.connectorId });
    const { kind, factory } = query;
    const key = { tenantId, connectorId: connector.id };
    const listing = { path: `/api/connectors/${connector.id}/resources`, tenantId, query };
    if (query.deleted === 'true')
      return cursors.respond(
        listing,
        (page) => removed.list(key, { kind, factory }, page),
        toRemovedAnswer,
      );
    return cursors.respond(listing, (page) => catalog.list(key, { kind, factory }, page), toAnswer);
  },
});

const getResource = endpoint({
  method: 'GET',
  route: 'connectors/{connectorId}/resources/{resourceId}',
  summary: 'One resource with the JSON of Data Factory',
  allow: anyRole,
  params: z.object({ connectorId, resourceId: z.string().max(1_500) }),
  query: z.strictObject({
    deleted: deleted.describe(
      'true: also when it was removed, as it was last, until it is purged.',
    ),
  }),
  ifNoneMatch: true,
  responses: { 200: resourceAnswer },

  async handle({ params, query, caller }, { connectors, catalog, removed, edges }) {
    const { tenantId } = caller;
    const connector = await connectors.get({ tenantId, connectorId: params.connectorId });
    const key = { tenantId, connectorId: connector.id };
    const gone = query.deleted === 'true' && (await removed.find(key, params.resourceId));
    if (gone) {
      const answer = { ...toRemovedAnswer(gone), body: gone.body };
      return { status: 200, headers: { ETag: contentEtag(answer) }, jsonBody: answer };
    }
    const found = await catalog.get(key, params.resourceId);
    const around = await edges.summarize(key, params.resourceId);
    return {
      status: 200,
      // What refers to a resource changes without it.
      headers: { ETag: `"${found.hash}.${hashOf({ ...around }).slice(0, 8)}"` },
      jsonBody: { ...toAnswer(found), edges: around, body: found.body },
    };
  },
});

/** Field by field, so that no key of a row leaks. */
function toAnswer(item: CatalogItem) {
  const { name, resourceGroup, subscriptionId } = item.factory;
  return {
    id: item.id,
    kind: item.kind,
    name: item.name,
    factory: { id: factoryId(item.factory), name, resourceGroup, subscriptionId },
    type: item.type,
    parent: item.parent,
    path: item.path,
    folder: item.folder,
    annotations: item.annotations,
    state: item.state,
    dependsOn: item.dependsOn,
    transformations: item.transformations,
    warnings: item.warnings,
    etag: `"${item.hash}"`,
    updatedAt: item.syncedAt,
  };
}

const toRemovedAnswer = (item: RemovedItem) => ({
  ...toAnswer(item),
  removedAt: item.removedAt,
  quarantinedBy: item.quarantinedBy,
  pendingConfirmation: item.pendingConfirmation,
});

export const catalogEndpoints = { listResources, getResource };
