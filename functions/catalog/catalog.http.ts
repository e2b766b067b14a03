/** Endpoints for resources of the catalog. */
import { z } from 'zod';
import type { ConnectorServices } from '../connectors/services';
import { hashOf } from '../data-factory/canonical-json';
import { edgeKind } from '../data-factory/edge';
import { resourceKind } from '../data-factory/resource';
import { anyRole } from '../http/caller';
import { contentEtag } from '../http/conditional';
import { endpoint } from '../http/endpoint';
import { listOf, pageParameters } from '../http/paging';
import { connectorId, connectorParams } from '../http/path-params';
import type { HttpServices } from '../http/services';
import type { CatalogItem } from './catalog-service';
import { factoryRefResponse, toFactoryRefResponse } from './factory-ref-response';
import type { RemovedItem } from './removed-resources-service';
import type { CatalogServices } from './services';

const summary = {
  id: z.string(),
  kind: resourceKind,
  name: z.string(),
  factory: factoryRefResponse,
  type: z.string().optional(),
  parent: z.string().optional().describe('Pipeline of an activity.'),
  path: z.string().optional().describe('Path of an activity through its containers.'),
  folder: z.string().optional(),
  annotations: z.array(z.string()).optional(),
  state: z
    .string()
    .optional()
    .describe('State of a trigger or private endpoint, as Data Factory spells it.'),
  dependsOn: z
    .array(z.strictObject({ activity: z.string(), conditions: z.array(z.string()) }))
    .optional(),
  transformations: z
    .array(z.strictObject({ name: z.string(), type: z.string().optional() }))
    .optional()
    .describe('Transformations of a data flow, in the order of its script.'),
  warnings: z.array(z.string()).optional().describe('Unexpected properties of the JSON.'),
  etag: z.string().describe('Changes if and only if the content changes.'),
  updatedAt: z.iso.datetime().describe('When a sync run last wrote a change of the resource.'),
  removedAt: z.iso
    .datetime()
    .optional()
    .describe('When a sync run found the resource removed. Absent for live resources.'),
  quarantinedBy: z
    .string()
    .optional()
    .describe('Sync run whose mass removal included the resource.'),
  pendingConfirmation: z
    .boolean()
    .optional()
    .describe('True if the resource is kept until its mass removal is confirmed.'),
};
const removed = z.enum(['true', 'false']).optional();

const resourceSummary = z.strictObject(summary).meta({ id: 'ResourceSummary' });
const edgeCounts = z.partialRecord(edgeKind, z.int());

const resourceResponse = z
  .strictObject({
    ...summary,
    edges: z
      .strictObject({ out: edgeCounts, in: edgeCounts })
      .optional()
      .describe('Numbers of edges that begin and end here. Absent for removed resources.'),
    body: z
      .unknown()
      .optional()
      .describe(
        'JSON of Data Factory with secrets redacted. Absent if it is unknown for a removed activity.',
      ),
  })
  .meta({ id: 'Resource' });

const listResources = endpoint({
  method: 'GET',
  route: 'connectors/{connectorId}/resources',
  summary: 'List resources of a connector',
  allow: anyRole,
  params: connectorParams,
  query: z.strictObject({
    kind: resourceKind.optional().describe('Only resources of this kind.'),
    factory: z.string().min(1).max(400).optional().describe('Name or ARM id of a factory.'),
    removed: removed.describe('If true, lists removed resources that are not purged yet.'),
    ...pageParameters,
  }),
  responses: { 200: listOf(resourceSummary) },

  async handle(
    { params, query, caller: { tenantId } },
    {
      connectors,
      catalog,
      removedResources,
      cursors,
    }: ConnectorServices & CatalogServices & HttpServices,
  ) {
    const key = { tenantId, connectorId: params.connectorId };
    await connectors.get(key);
    const { kind, factory } = query;
    const list = { path: `/api/connectors/${params.connectorId}/resources`, tenantId, query };
    if (query.removed === 'true')
      return cursors.respond(
        list,
        (page) => removedResources.list(key, { kind, factory }, page),
        toRemovedSummary,
      );
    return cursors.respond(list, (page) => catalog.list(key, { kind, factory }, page), toSummary);
  },
});

const getResource = endpoint({
  method: 'GET',
  route: 'connectors/{connectorId}/resources/{resourceId}',
  summary: 'Get a resource with its JSON',
  allow: anyRole,
  params: z.object({
    connectorId,
    resourceId: z.string().max(1_500).describe('Id of the resource, from a list.'),
  }),
  query: z.strictObject({
    removed: removed.describe('If true, also returns a removed resource until it is purged.'),
  }),
  ifNoneMatch: true,
  responses: { 200: resourceResponse },

  async handle(
    { params: { connectorId: id, resourceId }, query, caller: { tenantId } },
    { connectors, catalog, removedResources, edges }: ConnectorServices & CatalogServices,
  ) {
    const key = { tenantId, connectorId: id };
    await connectors.get(key);
    const removedItem = query.removed === 'true' && (await removedResources.find(key, resourceId));
    if (removedItem) {
      const response = { ...toRemovedSummary(removedItem), body: removedItem.body };
      return { status: 200, headers: { ETag: contentEtag(response) }, jsonBody: response };
    }
    const found = await catalog.get(key, resourceId);
    const edgeSummary = await edges.summarize(key, resourceId, found.document);
    return {
      status: 200,
      // Edges that end at the resource change while its own hash stays the same.
      headers: { ETag: `"${found.hash}.${hashOf({ ...edgeSummary }).slice(0, 8)}"` },
      jsonBody: { ...toSummary(found), edges: edgeSummary, body: found.body },
    };
  },
});

/** Maps field by field, so that no stored field leaks. */
function toSummary(item: CatalogItem) {
  return {
    id: item.id,
    kind: item.kind,
    name: item.name,
    factory: toFactoryRefResponse(item.factory),
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

const toRemovedSummary = (item: RemovedItem) => ({
  ...toSummary(item),
  removedAt: item.removedAt,
  quarantinedBy: item.quarantinedBy,
  pendingConfirmation: item.pendingConfirmation,
});

export const catalogEndpoints = { listResources, getResource };
