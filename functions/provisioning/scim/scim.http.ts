/**
 * The SCIM endpoint of the Functions host: one function for all paths, because its errors, its
 * authentication and its media type are those of RFC 7644. /Schemas and /ResourceTypes document it.
 */
import {
  app,
  type HttpHandler,
  type HttpRequest,
  type HttpResponseInit,
  type InvocationContext,
} from '@azure/functions';
import type { Lazy } from '../../concurrency/lazy';
import { clientAddressOf } from '../../http/client-address';
import { assertNotEncoded } from '../../http/read-request';
import { readBytes } from '../../http/request-body';
import { Responder } from '../../http/responder';
import { allMethods } from '../../http/routing/method';
import { limits } from '../../scim/limits';
import { toScimErrorResponse } from '../../scim/scim-error';
import { inRequestSpan } from '../../telemetry/request-span';
import type { ProvisioningServices } from '../services';
import { scimContentType, type ScimRequest, type ScimResponse } from './scim-message';

type Services = Pick<ProvisioningServices, 'scim'>;

const route = 'scim/v2/{*path}';

export function registerScim(services: Lazy<Services>): void {
  app.http('scim', {
    methods: [...allMethods],
    route,
    authLevel: 'anonymous', // the service requires a token of a provisioning connection
    handler: createScimHandler(services),
  });
}

export function createScimHandler(services: Lazy<Services>): HttpHandler {
  return async (request, context) => {
    const responder = new Responder(request, context);
    const onFailure = (error: unknown) => responder.log(error);
    const { method } = request;
    const response = await inRequestSpan({ method, route }, context, () =>
      respond(request, context, services, onFailure),
    );
    return responder.complete(toInit(response, request.method), []);
  };
}

async function respond(
  request: HttpRequest,
  context: InvocationContext,
  services: Lazy<Services>,
  onFailure: (error: unknown) => void,
): Promise<ScimResponse> {
  try {
    return await services().scim.respond(toScimRequest(request, context), onFailure);
  } catch (error) {
    // Settings are missing: no service could be built.
    onFailure(error);
    return toScimErrorResponse(error);
  }
}

function toScimRequest(request: HttpRequest, { invocationId }: InvocationContext): ScimRequest {
  const { headers, method } = request;
  const header = (name: string) => headers.get(name) ?? undefined;
  const [ifMatch, ifNoneMatch, contentType] = [
    header('if-match'),
    header('if-none-match'),
    header('content-type'),
  ];
  const ip = clientAddressOf(headers.get('x-forwarded-for'));
  return {
    method,
    segments: (request.params['path'] ?? '').split('/').filter((part) => part !== ''),
    query: firstValues(new URL(request.url).searchParams),
    authorization: headers.get('authorization'),
    ...(ifMatch !== undefined && { ifMatch }),
    ...(ifNoneMatch !== undefined && { ifNoneMatch }),
    ...(contentType !== undefined && { contentType }),
    ...(ip !== undefined && { ip }),
    requestId: invocationId,
    async body() {
      assertNotEncoded(request);
      return readBytes(request, limits.bodyBytes);
    },
  };
}

function firstValues(query: URLSearchParams): Readonly<Record<string, string>> {
  const values = new Map<string, string>();
  for (const [name, value] of query) if (!values.has(name)) values.set(name, value);
  return Object.fromEntries(values);
}

function toInit({ status, headers, body }: ScimResponse, method: string): HttpResponseInit {
  if (body === undefined) return { status, ...(headers && { headers }) };
  return {
    status,
    headers: { 'Content-Type': scimContentType, ...headers },
    ...(method !== 'HEAD' && { body: JSON.stringify(body) }),
  };
}
