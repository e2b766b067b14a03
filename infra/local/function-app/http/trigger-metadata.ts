/**
 * What the host tells the worker of a request besides the request itself: headers, query and route
 * parameters. The parameters of the query are among those of the route, as in Azure.
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { TypedData } from '../durable/durable-runtime';

export type TriggerMetadata = Readonly<Record<string, TypedData>>;

export function triggerMetadata(
  headers: IncomingHttpHeaders,
  query: URLSearchParams,
  params: Readonly<Record<string, string>>,
): TriggerMetadata {
  const texts = Object.entries({ ...joined(query), ...params });
  return {
    ...Object.fromEntries(texts.map(([name, string]) => [name, { string }])),
    Headers: { json: JSON.stringify(headerTexts(headers)) },
    Query: { json: JSON.stringify(joined(query)) },
  };
}

/** Values of a repeated name are joined by commas, as in Azure. */
const joined = (query: URLSearchParams): Record<string, string> =>
  Object.fromEntries(
    [...new Set(query.keys())].map((name) => [name, query.getAll(name).join(',')]),
  );

/** Empty headers are not passed on, as in Azure. */
const headerTexts = (headers: IncomingHttpHeaders): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined || value.length === 0 ? [] : [[name, String(value)]],
    ),
  );
