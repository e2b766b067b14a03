/** The one function that sends requests to the API. */
import { accessToken, renewToken, sessionEnded } from '../session/session';
import { ApiError, networkProblem, problemOf } from './api-error';
import type { Input, Output } from './endpoint-types';
import { contentTypeOf, urlOf, type RequestParts } from './request';
import { routes, type CallName } from './routes';

export interface CallOptions {
  readonly signal?: AbortSignal;
  /** A repetition with the same key has no second effect. */
  readonly idempotencyKey?: string;
  /** Version that the change is based on. */
  readonly ifMatch?: string;
}

/** Longer than any endpoint takes; the pages report a slow response before. */
const timeoutMs = 60_000;

/** Throws an ApiError for every response that is not a success, and for none at all. */
export async function call<Name extends CallName>(
  name: Name,
  input: Input<Name>,
  options: CallOptions = {},
): Promise<Output<Name>> {
  const [method, route] = routes[name].split(' ') as [string, string];
  const parts = input as RequestParts;
  const url = urlOf(route, parts);
  let response = await send(method, url, parts, options);
  if (response.status === 401 && (await renewToken()))
    response = await send(method, url, parts, options);
  if (response.status === 401) sessionEnded();
  if (response.status === 304) return known.get(url)!.content as Output<Name>;
  if (!response.ok)
    throw new ApiError(
      await problemOf(response),
      response.headers.get('x-request-id') ?? undefined,
    );
  return (await contentOf(url, response)) as Output<Name>;
}

async function send(
  method: string,
  url: string,
  { body }: RequestParts,
  { signal, idempotencyKey, ifMatch }: CallOptions,
): Promise<Response> {
  const etag = method === 'GET' ? known.get(url)?.etag : undefined;
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    return await fetch(url, {
      method,
      headers: {
        authorization: `Bearer ${await accessToken()}`,
        ...(body !== undefined && { 'content-type': contentTypeOf(method) }),
        ...(idempotencyKey && { 'idempotency-key': idempotencyKey }),
        ...(ifMatch && { 'if-match': ifMatch }),
        ...(etag && { 'if-none-match': etag }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      // The table below is the cache: one copy, which ends with the page.
      cache: 'no-store',
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError(networkProblem, undefined);
  }
}

/** Content of polled resources by URL, so that an unchanged one costs a response without content. */
const known = new Map<string, { readonly etag: string; readonly content: unknown }>();
const maxKnown = 100;

async function contentOf(url: string, response: Response): Promise<unknown> {
  if (response.status === 204 || response.status === 202 || response.status === 205) {
    const text = await response.text();
    return text === '' ? undefined : (JSON.parse(text) as unknown);
  }
  const isJson = response.headers.get('content-type')?.includes('json') ?? false;
  const content: unknown = isJson ? await response.json() : await response.text();
  const etag = response.headers.get('etag');
  if (etag) {
    known.delete(url);
    known.set(url, { etag, content });
    if (known.size > maxKnown) known.delete(known.keys().next().value!);
  }
  return content;
}

/** Called at sign-out: nothing of the person stays in memory. */
export const forgetContent = (): void => known.clear();
