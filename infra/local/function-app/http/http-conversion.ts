/**
 * Converts HTTP requests to the form of the Functions library, and its results to HTTP responses.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { setCookie } from './cookies';
import type { HttpResponse } from './http-response';
import type { HttpInput, Nullable, NullableMap, Output } from '../worker/worker-protocol';

export interface HttpCall {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
  readonly params: Readonly<Record<string, string>>;
  readonly body: Uint8Array | undefined;
}

export function toHttpInput({ method, url, headers, params, body }: HttpCall): HttpInput {
  return {
    method,
    url: url.href,
    nullableHeaders: headerMap(headers),
    nullableQuery: queryMap(url.searchParams),
    nullableParams: map(Object.entries(params)),
    ...(body && body.byteLength > 0 && { body: { bytes: body } }),
  };
}

/** A function without a result responds with 204. */
export function toHttpResponse(output: Output | null | undefined): HttpResponse {
  if (!output) return { status: 204 };
  if (!('http' in output)) throw new Error('The function did not return an HTTP response.');
  const { statusCode, headers, cookies, body } = output.http;
  const { 'set-cookie': setCookieHeader, ...otherHeaders } = headers;
  const allCookies = [
    ...(setCookieHeader === undefined ? [] : [setCookieHeader]),
    ...cookies.map(setCookie),
  ];
  const others = Object.entries(otherHeaders).filter(([name]) => !connectionHeaders.includes(name));
  return {
    status: Number(statusCode),
    headers: {
      ...Object.fromEntries(others),
      ...(allCookies.length > 0 && { 'set-cookie': allCookies }),
    },
    ...(body && { body: body.bytes }),
  };
}

/** Headers about connection and length, which the server sets itself. */
const connectionHeaders = ['connection', 'content-length', 'keep-alive', 'transfer-encoding'];

/** Empty headers are not passed on, as in Azure. */
const headerMap = (headers: IncomingHttpHeaders): NullableMap =>
  map(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined || value.length === 0 ? [] : [[name, String(value)] as const],
    ),
  );

/** Values of a repeated name are joined by commas, as in Azure. */
function queryMap(query: URLSearchParams): NullableMap {
  const names = new Set(query.keys());
  return map([...names].map((name) => [name, query.getAll(name).join(',')] as const));
}

/** Without a prototype, because the caller chooses the names. */
function map(entries: Iterable<readonly [string, string]>): NullableMap {
  const result = Object.create(null) as Record<string, Nullable<string>>;
  for (const [name, value] of entries) result[name] = { value };
  return result;
}
