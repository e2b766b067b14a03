/**
 * Responds to requests that no endpoint has: 405 with Allow if the path has other methods, else
 * 404. Without it the host would respond with an empty 404.
 */
import type { HttpHandler } from '@azure/functions';
import { MethodNotAllowedError, NotFoundError } from '../../errors/app-error';
import type { Endpoint } from '../endpoint';
import { createProblemHandler } from '../handler';
import { allowedMethods } from './method';

/** The last route of all: literals and parameters have precedence over it. */
export const unknownRoute = '{*path}';

export function createUnknownRouteHandler(endpoints: readonly Endpoint[]): HttpHandler {
  return createProblemHandler((request) => {
    const path = (request.params['path'] ?? '').replace(/\/$/, '');
    const allowed = allowedMethods(endpoints, path);
    if (allowed.length > 0)
      return new MethodNotAllowedError(
        'method_not_allowed',
        `This path does not allow ${request.method}. Use ${allowed.join(' or ')}.`,
        allowed,
      );
    return new NotFoundError(
      'path_not_found',
      'The API has no such path. Take the path from /api/openapi.json.',
    );
  });
}
