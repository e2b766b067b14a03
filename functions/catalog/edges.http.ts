/** What joins the resources of a connector's factories: HTTP in, an EdgeService call, HTTP out. */
import { z } from 'zod';
import { anyRole } from '../http/caller';
import { endpoint } from '../http/endpoint';
import { listOf, pageParameters } from '../http/paging';
import { edgeKind, endKind, type EdgeEnd } from '../data-factory/edge';
import type { EdgeItem } from './edge-service';
import { resourceId } from '../data-factory/resource-id';
import { connectorParams } from '../http/path-params';

const endAnswer = z.strictObject({
  id: z.string().optional().describe('Of a template and of a transformation there is none.'),
  kind: endKind,
  name: z.string().describe('As the reference spells it; of a template its expression.'),
  parent: z.string().optional().describe('Of an activity its pipeline.'),
  path: z.string().optional(),
  template: z.boolean().optional().describe('Only a run can say what it leads to.'),
  missing: z.boolean().optional().describe('There is nothing of this name.'),
});

const edgeAnswer = z
  .strictObject({
    kind: edgeKind,
    source: endAnswer,
    target: endAnswer,
    evidence: z.strictObject({
      resourceId: z.string().describe('Whose JSON says so.'),
      pointers: z.array(z.string()).describe('Where in its body: JSON pointers (RFC 6901).'),
    }),
    conditions: z.array(z.string()).optional(),
    parameters: z.record(z.string(), z.unknown()).optional().describe('Secrets redacted.'),
    inactive: z.boolean().optional().describe('Its activity is switched off.'),
    warnings: z.array(z.string()).optional(),
  })
  .meta({ id: 'Edge' });

const end = z.string().max(1_500).optional();

const listEdges = endpoint({
  method: 'GET',
  route: 'connectors/{connectorId}/edges',
  summary: 'What refers to what in the factories of a connector, with the evidence',
  allow: anyRole,
  params: connectorParams,
  query: z.strictObject({
    source: end.describe('Id of the resource that edges begin at.'),
    target: end.describe('Id of the resource that edges end at.'),
    kind: edgeKind.optional(),
    ...pageParameters,
  }),
  responses: { 200: listOf(edgeAnswer) },

  async handle({ params, query, caller }, { connectors, edges, cursors }) {
    const { tenantId } = caller;
    const connector = await connectors.get({ tenantId, connectorId: params.connectorId });
    const { source, target, kind } = query;
    return cursors.respond(
      { path: `/api/connectors/${connector.id}/edges`, tenantId, query },
      (page) => edges.list({ tenantId, connectorId: connector.id }, { source, target, kind }, page),
      toAnswer,
    );
  },
});

function toAnswer({ factory, kind, source, target, evidence, ...more }: EdgeItem) {
  const { conditions, parameters, inactive } = more;
  return {
    kind,
    source: toEnd(factory, source),
    target: toEnd(factory, target),
    evidence: { resourceId: resourceId(factory, evidence.rowKey), pointers: evidence.pointers },
    conditions,
    parameters,
    inactive,
    ...(target.missing && {
      warnings: [`There is no ${target.kind} "${target.name}" in this factory.`],
    }),
  };
}

const toEnd = (factory: string, { rowKey, kind, name, parent, path, ...marks }: EdgeEnd) => ({
  ...(rowKey !== undefined && { id: resourceId(factory, rowKey) }),
  kind,
  name,
  parent,
  path,
  template: marks.template,
  missing: marks.missing,
});

export const edgeEndpoints = { listEdges };
