/**
 * The HTTP management API of the Durable extension, as far as its client library and documentation
 * use it.
 */
import type { ManagementResponse, ManagementRequest } from '../durable-runtime';
import { list, purgeMany, status } from './status-queries';
import type { Engine } from '../engine';
import { resume, suspend, terminate } from './operations';
import { message, type Route } from './route';
import { restart, start } from './start';
import { purgeOne, raiseEvent, rewind, lifecycleRoute } from './instance-control';

const routes: readonly (readonly [method: string, path: RegExp, route: Route])[] = [
  ['POST', /^\/orchestrators\/([^/]+)(?:\/([^/]+))?$/i, start],
  ['GET', /^\/instances\/?$/i, list],
  ['DELETE', /^\/instances\/?$/i, purgeMany],
  ['GET', /^\/instances\/([^/]+)$/i, status],
  ['DELETE', /^\/instances\/([^/]+)$/i, purgeOne],
  ['POST', /^\/instances\/([^/]+)\/raiseEvent\/([^/]+)$/i, raiseEvent],
  ['POST', /^\/instances\/([^/]+)\/terminate$/i, lifecycleRoute(terminate)],
  ['POST', /^\/instances\/([^/]+)\/suspend$/i, lifecycleRoute(suspend)],
  ['POST', /^\/instances\/([^/]+)\/resume$/i, lifecycleRoute(resume)],
  ['POST', /^\/instances\/([^/]+)\/rewind$/i, rewind],
  ['POST', /^\/instances\/([^/]+)\/restart$/i, restart],
];

export async function handleManagement(
  request: ManagementRequest,
  engine: Engine,
): Promise<ManagementResponse> {
  const reason = unsupportedReason(request, engine);
  if (reason) return message(501, reason);
  if (engine.isStopping) return message(503, 'The Durable runtime is stopping.');
  const method = request.method.toUpperCase();
  for (const [known, path, route] of routes) {
    const parts = known === method ? path.exec(request.path) : null;
    if (parts) return route(request, engine, ...decodeParts(parts));
  }
  return message(501, `The local Durable runtime does not implement ${method} ${request.path}.`);
}

function unsupportedReason({ path, query }: ManagementRequest, engine: Engine): string | undefined {
  if (/^\/entities(\/|$)/i.test(path))
    return 'The local Durable runtime does not support entities.';
  if (query.has('timeout'))
    return 'The local Durable runtime does not wait for completion. Query the status instead.';
  const hub = query.get('taskHub');
  if (hub && hub.toLowerCase() !== engine.options.hubName.toLowerCase())
    return `The local Durable runtime has no task hub '${hub}'.`;
  return undefined;
}

/** A missing optional part stays undefined; invalid percent-encoding is kept. */
const decodeParts = ([, ...parts]: readonly string[]): string[] =>
  parts.map((part) => {
    try {
      return part && decodeURIComponent(part);
    } catch {
      return part;
    }
  });
