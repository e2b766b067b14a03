/** Calls an endpoint that a test declares, through the whole request pipeline. */
import { HttpRequest, InvocationContext, type HttpResponseInit } from '@azure/functions';
import type { Endpoint } from '../../functions/http/endpoint';
import { createHandler } from '../../functions/http/handler';
import type { Services } from '../../functions/services';
import { testServices } from './context';

interface DeclaredCall {
  readonly services?: Services;
  readonly headers?: Record<string, string>;
  readonly query?: string;
}

export async function callDeclared(
  declared: Endpoint<Services>,
  { services = testServices(), headers = {}, query = '' }: DeclaredCall = {},
): Promise<HttpResponseInit> {
  const request = new HttpRequest({
    method: declared.method,
    url: `http://localhost:7071/api/${declared.route}?${query}`,
    headers,
  });
  const context = new InvocationContext({ invocationId: 'test', logHandler: () => {} });
  return (await createHandler(declared, () => services)(request, context)) as HttpResponseInit;
}

/** The JSON that is sent. An endpoint may have serialized it itself. */
export function jsonOf({ jsonBody, body, headers }: HttpResponseInit): unknown {
  const { 'Content-Type': type } = (headers ?? {}) as Record<string, string>;
  if (type === 'application/json' && typeof body === 'string') return JSON.parse(body);
  return jsonBody === undefined ? undefined : JSON.parse(JSON.stringify(jsonBody));
}
