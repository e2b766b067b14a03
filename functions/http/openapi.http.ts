/** The OpenAPI document, for frontends and code generators. It documents itself, too. */
import { z } from 'zod';
import { lazy } from '../concurrency/lazy';
import { endpoint, type Endpoint } from './endpoint';
import { openApi } from './openapi';

const document = z.looseObject({ openapi: z.string(), paths: z.record(z.string(), z.unknown()) });

export function openApiEndpoints(all: () => Readonly<Record<string, Endpoint>>) {
  // The document never changes, and to build it takes as long as many requests.
  const openApiDocument = lazy(() => openApi(all()));
  const getOpenApi = endpoint({
    method: 'GET',
    route: 'openapi.json',
    summary: 'Get the OpenAPI document',
    allow: 'anonymous',
    responses: { 200: document },

    handle: async () => ({ jsonBody: openApiDocument() }),
  });
  return { getOpenApi };
}
