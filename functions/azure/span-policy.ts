/** A span around each request that an SDK client sends, repetitions included. */
import type { PipelinePolicy } from '@azure/core-rest-pipeline';
import { inSpan } from '../telemetry/span';

/** `target` says what is called, such as a table. It is part of the name, so it is no id. */
export const spanPolicy = (service: string, target = ''): PipelinePolicy => ({
  name: 'spanPolicy',
  sendRequest: (request, next) =>
    inSpan(
      [request.method, service, target].filter(Boolean).join(' '),
      {
        kind: 'client',
        attributes: {
          'http.request.method': request.method,
          'server.address': new URL(request.url).hostname,
          ...(target !== '' && { 'db.collection.name': target }),
        },
      },
      async (note) => {
        const response = await next(request);
        note({ 'http.response.status_code': response.status });
        return response;
      },
    ),
});
