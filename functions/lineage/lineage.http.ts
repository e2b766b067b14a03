/** Endpoints for physical assets and lineage. */
import { z } from 'zod';
import type { ConnectorServices } from '../connectors/services';
import { InvalidInputError } from '../errors/app-error';
import { anyRole } from '../http/caller';
import { endpoint } from '../http/endpoint';
import { listOf, pageParameters } from '../http/paging';
import { connectorId, connectorParams } from '../http/path-params';
import type { HttpServices } from '../http/services';
import {
  assetItem,
  assetResponse,
  impactItem,
  lineageItem,
  toAssetItem,
  toAssetResponse,
  toImpactItem,
  toLineageItem,
} from './lineage-response';
import type { LineageServices } from './services';

const assetId = z
  .string()
  .max(100)
  .regex(/^[\w-]{1,100}$/, 'must be an id from the list of assets')
  .describe('Id of the asset.');
const root = {
  asset: assetId.optional().describe('Id of the asset to start at. Either asset or resource.'),
  resource: z.string().max(1_500).optional().describe('Id of the resource to start at.'),
  column: z.string().min(1).max(400).optional().describe('Column of the asset to follow.'),
  depth: z.coerce.number().int().min(1).max(20).default(3).describe('Maximum number of steps.'),
};

const listAssets = endpoint({
  method: 'GET',
  route: 'connectors/{connectorId}/assets',
  summary: 'List physical assets of a connector',
  allow: anyRole,
  params: connectorParams,
  query: z.strictObject({
    kind: z.enum(['asset', 'template']).optional().describe('Only assets, or only templates.'),
    factory: z.string().min(1).max(400).optional().describe('Name or ARM id of a factory.'),
    name: z.string().min(1).max(400).optional().describe('Part of the namespace or name.'),
    ...pageParameters,
  }),
  responses: { 200: listOf(assetItem) },

  async handle(
    { params, query, caller: { tenantId } },
    { connectors, lineageQueries, cursors }: ConnectorServices & LineageServices & HttpServices,
  ) {
    const key = { tenantId, connectorId: params.connectorId };
    await connectors.get(key);
    const { kind, factory, name } = query;
    return cursors.respond(
      { path: `/api/connectors/${params.connectorId}/assets`, tenantId, query },
      (page) => lineageQueries.listAssets(key, { kind, factory, name }, page),
      toAssetItem,
    );
  },
});

const getAsset = endpoint({
  method: 'GET',
  route: 'connectors/{connectorId}/assets/{assetId}',
  summary: 'Get a physical asset',
  allow: anyRole,
  params: z.object({ connectorId, assetId }),
  responses: { 200: assetResponse },

  async handle(
    { params, caller: { tenantId } },
    { connectors, lineageQueries }: ConnectorServices & LineageServices,
  ) {
    const key = { tenantId, connectorId: params.connectorId };
    await connectors.get(key);
    const found = await lineageQueries.getAsset(key, params.assetId);
    return { status: 200, jsonBody: toAssetResponse(found) };
  },
});

const getLineage = endpoint({
  method: 'GET',
  route: 'connectors/{connectorId}/lineage',
  summary: 'List upstream or downstream lineage',
  allow: anyRole,
  params: connectorParams,
  cost: () => 5,
  query: z.strictObject({
    ...root,
    direction: z
      .enum(['upstream', 'downstream'])
      .default('upstream')
      .describe('Where data comes from, or where it goes.'),
    columns: z.enum(['true', 'false']).optional().describe('If true, steps have their columns.'),
    ...pageParameters,
  }),
  responses: { 200: listOf(lineageItem) },

  async handle(
    { params, query, caller: { tenantId } },
    { connectors, lineageQueries, cursors }: ConnectorServices & LineageServices & HttpServices,
  ) {
    const key = { tenantId, connectorId: params.connectorId };
    assertOneRoot(query);
    await connectors.get(key);
    const { asset, resource, column, direction, depth } = query;
    return cursors.respond(
      { path: `/api/connectors/${params.connectorId}/lineage`, tenantId, query },
      (page) => lineageQueries.lineage(key, { asset, resource, column, direction, depth }, page),
      toLineageItem(query.columns === 'true' || column !== undefined),
    );
  },
});

const getImpact = endpoint({
  method: 'GET',
  route: 'connectors/{connectorId}/impact',
  summary: 'List everything that a change reaches',
  allow: anyRole,
  params: connectorParams,
  cost: () => 5,
  query: z.strictObject({ ...root, ...pageParameters }),
  responses: { 200: listOf(impactItem) },

  async handle(
    { params, query, caller: { tenantId } },
    { connectors, lineageQueries, cursors }: ConnectorServices & LineageServices & HttpServices,
  ) {
    const key = { tenantId, connectorId: params.connectorId };
    assertOneRoot(query);
    await connectors.get(key);
    const { asset, resource, column, depth } = query;
    return cursors.respond(
      { path: `/api/connectors/${params.connectorId}/impact`, tenantId, query },
      (page) => lineageQueries.impact(key, { asset, resource, column }, depth, page),
      toImpactItem,
    );
  },
});

interface Root {
  readonly asset?: string | undefined;
  readonly resource?: string | undefined;
  readonly column?: string | undefined;
}

/** A column belongs to an asset. */
function assertOneRoot({ asset, resource, column }: Root): void {
  const isOne = (asset === undefined) !== (resource === undefined);
  if (isOne && (column === undefined || asset !== undefined)) return;
  const pointer = isOne ? '?column' : '?asset';
  throw new InvalidInputError(
    'invalid_lineage_root',
    'The query needs either asset or resource, and column only with asset. Give one of them.',
    [{ pointer, code: 'invalid', detail: 'either asset or resource is required' }],
  );
}

export const lineageEndpoints = { listAssets, getAsset, getLineage, getImpact };
