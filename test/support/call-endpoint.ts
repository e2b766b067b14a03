/** Asks an endpoint through its whole door; an answer that the OpenAPI document does not know fails the test. */
import { HttpRequest, InvocationContext, type HttpResponseInit } from '@azure/functions';
import { endpoints } from '../../functions/endpoints';
import type { Caller } from '../../functions/http/caller';
import { createHandler } from '../../functions/http/handler';
import { openApi } from '../../functions/http/openapi';
import type { Services } from '../../functions/services';
import { openApiValidator } from './openapi-validation';
import { testServices } from './context';

export type EndpointName = keyof typeof endpoints;

export interface EndpointCall {
  readonly params?: Record<string, string>;
  readonly query?: Record<string, string> | string;
  readonly headers?: Record<string, string>;
  /** Sent as JSON; text goes as it is. */
  readonly body?: unknown;
  /** Who asks; the services decide when left out. */
  readonly as?: Caller;
  readonly services?: Services;
}

export interface EndpointResult extends HttpResponseInit {
  readonly status: number;
  readonly headers: Record<string, string>;
  /** The body as it goes over the wire. */
  // oxlint-disable-next-line typescript/no-explicit-any -- a test looks into it without narrowing it first
  readonly json: any;
}

const { expectDocumented } = openApiValidator(openApi(endpoints));

/** What was logged by the requests of this test file. */
export const logged: string[] = [];

export async function callEndpoint(name: EndpointName, asked: EndpointCall = {}): Promise<EndpointResult> {
  const { params = {}, query = {}, headers = {}, body, as, services = testServices() } = asked;
  const { method, route, mediaType } = endpoints[name];
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
  const { jsonBody } = response;
  const json = jsonBody === undefined ? undefined : JSON.parse(JSON.stringify(jsonBody));
  const sent = response.headers as Record<string, string>;
  expectDocumented({ operationId: name, status, headers: new Headers(sent), json });
  return { ...response, status, headers: sent, json };
}
