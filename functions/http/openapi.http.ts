/** The reference of the API, for frontends and their generators. It documents the list it is part of. */
import { z } from 'zod';
import { endpoint, type Endpoint } from './endpoint';
import { openApi } from './openapi';

const document = z.looseObject({ openapi: z.string(), paths: z.record(z.string(), z.unknown()) });

export const openApiEndpoints = (all: () => Readonly<Record<string, Endpoint>>) => ({
  getOpenApi: endpoint({
    method: 'GET',
    route: 'openapi.json',
    summary: 'This document',
    allow: 'anonymous',
    responses: { 200: document },

    handle: async () => ({ jsonBody: openApi(all()) }),
  }),
});
