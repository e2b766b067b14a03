/**
 * Calls an endpoint through the whole request pipeline. The test fails if the OpenAPI document does
 * not describe the response.
 */
import { HttpRequest, InvocationContext, type HttpResponseInit } from '@azure/functions';
import { endpoints } from '../../functions/endpoints';
import type { Caller } from '../../functions/http/caller';
import type { Endpoint } from '../../functions/http/endpoint';
import { createHandler } from '../../functions/http/handler';
import type { Services } from '../../functions/services';
import { testServices } from './context';
import { builtOpenApi } from './openapi/document';
import { openApiValidator } from './openapi/validation';
import { jsonOf } from './call-declared';

export type EndpointName = keyof typeof endpoints;

export interface EndpointCall {
  /** HEAD instead of the method of the endpoint. */
  readonly method?: 'HEAD';
  readonly params?: Record<string, string>;
  readonly query?: Record<string, string> | string;
  readonly headers?: Record<string, string>;
  /** Sent as JSON; a string is sent unchanged. */
  readonly body?: unknown;
  /** The caller. By default the services decide. */
  readonly as?: Caller;
  readonly services?: Services;
}

export interface EndpointResult extends HttpResponseInit {
  readonly status: number;
  readonly headers: Record<string, string>;
  /** The body as it is sent. */
  // oxlint-disable-next-line typescript/no-explicit-any -- tests read it without narrowing its type
  readonly json: any;
}

const { assertDocumented } = openApiValidator(builtOpenApi());

/** Log lines of the requests of this test file. */
export const logged: string[] = [];

export async function callEndpoint(
  name: EndpointName,
  call: EndpointCall = {},
): Promise<EndpointResult> {
  const { params = {}, query = {}, headers = {}, body, as, services = testServices() } = call;
  const { route, mediaType } = endpoints[name];
  const method = call.method ?? endpoints[name].method;
  const request = new HttpRequest({
    method,
    url: `http://localhost:7071/api/${route}?${new URLSearchParams(query)}`,
    params,
    query: Object.fromEntries(new URLSearchParams(query)),
    headers: { 'content-type': mediaType ?? 'application/json', ...headers },
    ...(body !== undefined && {
      body: { string: typeof body === 'string' ? body : JSON.stringify(body) },
    }),
  });
  const given = as ? { ...services, authenticate: async () => as } : services;
  const context = new InvocationContext({
    invocationId: 'test',
    logHandler: (_level, ...parts) => void logged.push(parts.map(String).join(' ')),
  });
  const response = (await createHandler(endpoints[name], () => given)(
    request,
    context,
  )) as HttpResponseInit;
  const status = response.status ?? 200;
  const sent = response.headers as Record<string, string>;
  const json = jsonOf(response);
  if (method !== 'HEAD')
    assertDocumented({ operationId: name, status, headers: new Headers(sent), json });
  const { etag } = (json ?? {}) as { etag?: string };
  if ((endpoints[name] as Endpoint).etag && etag !== undefined && etag !== sent['ETag'])
    throw new Error(`${name} responded with the ETag ${sent['ETag']}, but the member ${etag}.`);
  return { ...response, status, headers: sent, json };
}
