/** Endpoint that searches resources. */
import { z } from 'zod';
import { factoryRefResponse, toFactoryRefResponse } from '../catalog/factory-ref-response';
import { resourceKind } from '../data-factory/resource';
import { anyRole } from '../http/caller';
import { endpoint } from '../http/endpoint';
import { listOf, pageParameters } from '../http/paging';
import { connectorId } from '../http/path-params';
import type { HttpServices } from '../http/services';
import type { SearchHit, SearchResult } from './search-service';
import { searchFields } from './search-unit';
import type { SearchServices } from './services';

const searchHit = z
  .strictObject({
    connectorId: z.string(),
    id: z.string().describe('Id of the resource within the connector.'),
    kind: resourceKind,
    name: z.string(),
    factory: factoryRefResponse,
    type: z.string().optional(),
    parent: z.string().optional().describe('Pipeline of an activity.'),
    path: z.string().optional().describe('Path of an activity through its containers.'),
    folder: z.string().optional(),
    description: z.string().optional().describe('The first 500 characters.'),
    annotations: z.array(z.string()).optional(),
    assets: z
      .array(z.string())
      .optional()
      .describe('Names of tables and files that an activity reads or writes.'),
    fields: z.array(z.enum(searchFields)).describe('Where words of the query were found.'),
  })
  .meta({ id: 'SearchHit' });

const searchResult = z
  .strictObject({
    ...listOf(searchHit).shape,
    total: z.int().describe('Number of all hits. The first 1,000 can be read.'),
    facets: z.strictObject({
      kinds: z
        .array(z.strictObject({ kind: resourceKind, count: z.int() }))
        .describe('Hits by kind, whichever kind was asked for.'),
      factories: z
        .array(
          z.strictObject({ connectorId: z.string(), factory: factoryRefResponse, count: z.int() }),
        )
        .describe('Hits by factory, whichever factory was asked for. At most 100.'),
    }),
  })
  .meta({ id: 'SearchResult' });

const search = endpoint({
  method: 'GET',
  route: 'search',
  summary: 'Search resources of all connectors',
  allow: anyRole,
  cost: () => 2,
  query: z.strictObject({
    q: z
      .string()
      .min(2)
      .max(200)
      .describe(
        'Words, their beginnings, or words with a typing mistake. Every one of the first eight must be found.',
      ),
    kind: resourceKind.optional().describe('Only resources of this kind.'),
    factory: z.string().min(1).max(400).optional().describe('Name or ARM id of a factory.'),
    connectorId: connectorId.optional().describe('Only resources of this connector.'),
    ...pageParameters,
  }),
  responses: { 200: searchResult },

  async handle(
    { query, caller: { tenantId } },
    { search: service, cursors }: SearchServices & HttpServices,
  ) {
    const { q, kind, factory, connectorId: only } = query;
    let result: SearchResult | undefined;
    const response = await cursors.respond(
      { path: '/api/search', tenantId, query },
      async (page) =>
        (result = await service.search(tenantId, { q, kind, factory, connectorId: only }, page)),
      toItem,
    );
    const { total, facets } = result!;
    const factories = facets.factories.map((each) => ({
      ...each,
      factory: toFactoryRefResponse(each.factory),
    }));
    const { items, nextLink } = response.jsonBody as z.infer<typeof searchResult>;
    const jsonBody = { items, total, facets: { ...facets, factories }, nextLink };
    return { ...response, jsonBody };
  },
});

function toItem({ connectorId: owner, id, factory, entry, fields }: SearchHit) {
  const { rowKey: _rowKey, sql: _sql, kind, name, ...rest } = entry;
  return {
    connectorId: owner,
    id,
    kind,
    name,
    factory: toFactoryRefResponse(factory),
    ...rest,
    fields,
  };
}

export const searchEndpoints = { search };
