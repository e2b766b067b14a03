/** HTTP as the library is given it, and what the library gives back, as an answer. */
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

/** A function that returns nothing has nothing to say: 204. */
export function toHttpResponse(output: Output | null | undefined): HttpResponse {
  if (!output) return { status: 204 };
  if (!('http' in output)) throw new Error('The function returned something that is no response.');
  const { statusCode, headers, cookies, body } = output.http;
  const { 'set-cookie': one, ...rest } = headers;
  const all = [...(one === undefined ? [] : [one]), ...cookies.map(setCookie)];
  const others = Object.entries(rest).filter(([name]) => !connectionHeaders.includes(name));
  return {
    status: Number(statusCode),
    headers: { ...Object.fromEntries(others), ...(all.length > 0 && { 'set-cookie': all }) },
    ...(body && { body: body.bytes }),
  };
}

/** Headers that describe the connection or the length belong to whoever writes the answer. */
const connectionHeaders = ['connection', 'content-length', 'keep-alive', 'transfer-encoding'];

/** Empty headers are not passed on, as in Azure. */
const headerMap = (headers: IncomingHttpHeaders): NullableMap =>
  map(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined || value.length === 0 ? [] : [[name, String(value)] as const],
    ),
  );

/** A name that is given more than once reaches the function once, its values joined by commas, as in Azure. */
function queryMap(query: URLSearchParams): NullableMap {
  const names = new Set(query.keys());
  return map([...names].map((name) => [name, query.getAll(name).join(',')] as const));
}

/** Without a prototype, because the names are chosen by the caller. */
function map(entries: Iterable<readonly [string, string]>): NullableMap {
  const made = Object.create(null) as Record<string, Nullable<string>>;
  for (const [name, value] of entries) made[name] = { value };
  return made;
}
