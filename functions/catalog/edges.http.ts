/** Endpoint for edges between resources. */
import { z } from 'zod';
import type { ConnectorServices } from '../connectors/services';
import { edgeKind, endKind, type EdgeEnd } from '../data-factory/edge';
import { resourceId } from '../data-factory/resource-id';
import { anyRole } from '../http/caller';
import { endpoint } from '../http/endpoint';
import { listOf, pageParameters } from '../http/paging';
import { connectorParams } from '../http/path-params';
import type { HttpServices } from '../http/services';
import type { EdgeItem } from './edge-service';
import type { CatalogServices } from './services';

const endResponse = z.strictObject({
  id: z.string().optional().describe('Resource id. Absent for templates and transformations.'),
  kind: endKind,
  name: z.string().describe('Name as the reference spells it. For a template its expression.'),
  parent: z.string().optional().describe('Pipeline of an activity.'),
  path: z.string().optional().describe('Path of an activity through its containers.'),
  template: z.boolean().optional().describe('True if the name is known at run time only.'),
  missing: z.boolean().optional().describe('True if no resource has this name.'),
});

const edgeResponse = z
  .strictObject({
    kind: edgeKind,
    source: endResponse,
    target: endResponse,
    evidence: z.strictObject({
      resourceId: z.string().describe('Resource whose JSON contains the reference.'),
      pointers: z.array(z.string()).describe('JSON pointers (RFC 6901) into the resource body.'),
    }),
    conditions: z
      .array(z.string())
      .optional()
      .describe('Outcomes of the target after which the source starts.'),
    parameters: z
      .record(z.string(), z.unknown())
      .optional()
      .describe('Parameters that the source passes to the target. Secrets are redacted.'),
    inactive: z.boolean().optional().describe('True if the activity is deactivated.'),
    warnings: z.array(z.string()).optional(),
  })
  .meta({ id: 'Edge' });

const end = z.string().max(1_500).optional();

const listEdges = endpoint({
  method: 'GET',
  route: 'connectors/{connectorId}/edges',
  summary: 'List edges between resources',
  allow: anyRole,
  params: connectorParams,
  // Edges are extracted from documents, of which a query without source or target reads many.
  cost: ({ source, target }) => ((source ?? target) === undefined ? 20 : 5),
  query: z.strictObject({
    source: end.describe('Id of the resource that edges begin at.'),
    target: end.describe('Id of the resource that edges end at.'),
    kind: edgeKind.optional().describe('Only edges of this kind.'),
    ...pageParameters,
  }),
  responses: { 200: listOf(edgeResponse) },

  async handle(
    { params, query, caller: { tenantId } },
    { connectors, edges, cursors }: ConnectorServices & CatalogServices & HttpServices,
  ) {
    const key = { tenantId, connectorId: params.connectorId };
    await connectors.get(key);
    const { source, target, kind } = query;
    return cursors.respond(
      { path: `/api/connectors/${params.connectorId}/edges`, tenantId, query },
      (page) => edges.list(key, { source, target, kind }, page),
      toEdgeResponse,
    );
  },
});

function toEdgeResponse({ factory, kind, source, target, evidence, ...more }: EdgeItem) {
  const { conditions, parameters, inactive } = more;
  return {
    kind,
    source: toEndResponse(factory, source),
    target: toEndResponse(factory, target),
    evidence: { resourceId: resourceId(factory, evidence.rowKey), pointers: evidence.pointers },
    conditions,
    parameters,
    inactive,
    ...(target.missing && {
      warnings: [`The factory has no ${target.kind} "${target.name}".`],
    }),
  };
}

const toEndResponse = (
  factory: string,
  { rowKey, kind, name, parent, path, template, missing }: EdgeEnd,
) => ({
  ...(rowKey !== undefined && { id: resourceId(factory, rowKey) }),
  kind,
  name,
  parent,
  path,
  template,
  missing,
});

export const edgeEndpoints = { listEdges };
