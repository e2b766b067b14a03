/** Every HTTP endpoint by name: what is registered, what is documented, what tests ask. */
import type { Endpoint } from './http/endpoint';
import { healthEndpoints } from './http/health.http';
import { openApiEndpoints } from './http/openapi.http';

export const endpoints = {
  ...healthEndpoints,
  ...openApiEndpoints((): Readonly<Record<string, Endpoint>> => endpoints),
};
