/** Calls GET endpoints in this process, with their roles, validation, rate limits and responses. */
import { assertRole } from '../http/caller';
import type { EndpointRequest, Endpoint } from '../http/endpoint';
import { assertWithinLimit } from '../http/rate-limit';
import { readParameters } from '../http/read-request';
import type { HttpServices } from '../http/services';
import type { ApiReader, ApiRequest } from './tool';

type AnyEndpoint = Endpoint<HttpServices>;

/** `all` are the endpoints of the API; `of` is the request of the agent. */
export function apiReader(
  all: Readonly<Record<string, Endpoint>>,
  of: Pick<EndpointRequest<unknown, unknown, unknown>, 'request' | 'context' | 'caller'>,
  services: HttpServices,
): ApiReader {
  const { caller } = of;

  async function count(declared: AnyEndpoint, query: unknown): Promise<void> {
    const { cost = 1 } = declared;
    const reads = typeof cost === 'number' ? cost : cost(query);
    const { tenantId, objectId } = caller;
    assertWithinLimit(await services.rateLimiter.consume('reads', tenantId, objectId, reads));
  }

  return {
    async read(operation: string, { params = {}, query = {} }: ApiRequest) {
      const declared = all[operation] as AnyEndpoint | undefined;
      if (declared?.method !== 'GET') throw new Error(`There is no read operation ${operation}.`);
      if (typeof declared.allow !== 'string') assertRole(caller, declared.allow);
      const given = Object.entries(query).flatMap(([name, value]): [string, string][] =>
        value === undefined ? [] : [[name, String(value)]],
      );
      const parsed = declared.query && readParameters(declared.query, new URLSearchParams(given));
      await count(declared, parsed);
      const { jsonBody } = await declared.handle(
        {
          ...of,
          params: declared.params && readParameters(declared.params, params),
          query: parsed,
          body: undefined,
          ifMatch: [],
        },
        services,
      );
      return jsonBody;
    },
  };
}
