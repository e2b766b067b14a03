/** The OpenAPI document, for frontends and code generators. It documents itself, too. */
import { z } from 'zod';
import { endpoint, type Endpoint } from './endpoint';
import { openApi } from './openapi';

const document = z.looseObject({ openapi: z.string(), paths: z.record(z.string(), z.unknown()) });

export const openApiEndpoints = (all: () => Readonly<Record<string, Endpoint>>) => ({
  getOpenApi: endpoint({
    method: 'GET',
    route: 'openapi.json',
    summary: 'Get the OpenAPI document',
    allow: 'anonymous',
    responses: { 200: document },

    handle: async () => ({ jsonBody: openApi(all()) }),
  }),
});
