/**
 * Registers endpoints with the Functions host. The key is the name in logs, in the document and in
 * code.
 */
import { app } from '@azure/functions';
import type { Lazy } from '../../concurrency/lazy';
import type { HttpServices } from '../services';
import { createHandler } from '../handler';
import type { Endpoint } from '../endpoint';
import { allMethods, methodsOf } from './method';
import { createUnknownRouteHandler, unknownRoute } from './unknown-route';

export function registerEndpoints<S extends HttpServices>(
  endpoints: Readonly<Record<string, Endpoint<S>>>,
  services: Lazy<S>,
): void {
  for (const [name, declared] of Object.entries(endpoints))
    app.http(name, {
      methods: [...methodsOf(declared)],
      route: declared.route,
      authLevel: 'anonymous', // createHandler() requires an Entra access token instead of a shared key
      handler: createHandler(declared, services),
      ...(declared.extraInputs && { extraInputs: declared.extraInputs }),
    });
  app.http('unknownRoute', {
    methods: [...allMethods],
    route: unknownRoute,
    authLevel: 'anonymous',
    handler: createUnknownRouteHandler(Object.values(endpoints)),
  });
}
