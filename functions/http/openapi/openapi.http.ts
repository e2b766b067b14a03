/** The OpenAPI document, for frontends and code generators. It documents itself, too. */
import { z } from 'zod';
import { contentEtag } from '../conditional';
import { endpoint, type Endpoint } from '../endpoint';
import { openApi } from './openapi';
import type { HttpServices } from '../services';

const document = z.looseObject({ openapi: z.string(), paths: z.record(z.string(), z.unknown()) });

export function openApiEndpoints(all: () => Readonly<Record<string, Endpoint>>) {
  // The document changes with a deployment only. To build and serialize it takes as long as many
  // requests, and anonymous callers may ask for it as often as they like.
  let cached: { readonly url: string; readonly body: string; readonly etag: string } | undefined;
  function serialized(url: string) {
    if (cached?.url === url) return cached;
    const body = JSON.stringify(openApi(all(), url));
    return (cached = { url, body, etag: contentEtag(body) });
  }
  const getOpenApi = endpoint({
    method: 'GET',
    route: 'openapi.json',
    summary: 'Get the OpenAPI document',
    allow: 'anonymous',
    ifNoneMatch: true,
    responses: { 200: document },

    async handle(_request, { publicUrl }: HttpServices) {
      const { body, etag } = serialized(publicUrl);
      return {
        status: 200,
        headers: {
          'Content-Type': 'application/json',
          'Cache-Control': 'public, max-age=300',
          ETag: etag,
        },
        body,
      };
    },
  });
  return { getOpenApi };
}
