/** Methods of endpoints, and which of them a path allows. */
import type { Endpoint } from '../endpoint';

/** Methods that the app responds to itself. OPTIONS belongs to the platform, which handles CORS. */
export const allMethods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
export type Method = (typeof allMethods)[number];

/** HEAD is GET without content (RFC 9110 section 9.3.2), unless a GET changes something. */
export const methodsOf = ({ method, withoutHead }: Endpoint): readonly Method[] =>
  method === 'GET' && !withoutHead ? ['GET', 'HEAD'] : [method];

/** Methods that some endpoint has on this path, for 405 and Allow. */
export function allowedMethods(endpoints: readonly Endpoint[], path: string): readonly Method[] {
  const allowed = endpoints
    .filter(({ route }) => matchesRoute(route, path))
    .flatMap((declared) => methodsOf(declared));
  return allMethods.filter((method) => allowed.includes(method));
}

/** Literals are compared without case, as the host does. */
function matchesRoute(route: string, path: string): boolean {
  const expected = route.split('/');
  const actual = path.split('/');
  return (
    expected.length === actual.length &&
    expected.every(
      (part, index) =>
        (part.startsWith('{') && actual[index] !== '') ||
        part.toLowerCase() === actual[index]!.toLowerCase(),
    )
  );
}
