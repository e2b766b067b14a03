/** Paths and methods of the SCIM endpoint (RFC 7644 section 3.2), and the scopes that they require. */
import { ForbiddenError, MethodNotAllowedError } from '../../errors/app-error';
import { resourceTypes, type ResourceType } from '../../scim/schema/resource-type';
import { ScimError } from '../../scim/scim-error';
import type { ProvisioningToken, TokenScope } from '../connections/token';

export type ScimRoute =
  /** No type: all types, at the root. */
  | { readonly kind: 'list' | 'search'; readonly types: readonly ResourceType[] }
  | { readonly kind: 'create'; readonly type: ResourceType }
  | {
      readonly kind: 'read' | 'replace' | 'patch' | 'delete';
      readonly type: ResourceType;
      readonly id: string;
    }
  | { readonly kind: 'bulk' | 'serviceProviderConfig' }
  | { readonly kind: 'schemas' | 'resourceTypes'; readonly id?: string };

/** Throws ScimError `notFound` or `notImplemented`, MethodNotAllowedError. */
export function routeOf(method: string, segments: readonly string[]): ScimRoute {
  const [first, second, ...rest] = segments;
  if (rest.length > 0) throw unknownPath();
  const type = resourceTypes.find(({ endpoint }) => endpoint === `/${first}`);
  const wanted = method === 'HEAD' ? 'GET' : method;
  if (first === undefined) return choose(wanted, { GET: { kind: 'list', types: resourceTypes } });
  if (type && second === undefined)
    return choose(wanted, { GET: { kind: 'list', types: [type] }, POST: { kind: 'create', type } });
  if (type && second === '.search')
    return choose(wanted, { POST: { kind: 'search', types: [type] } });
  if (type)
    return choose(wanted, {
      GET: { kind: 'read', type, id: second! },
      PUT: { kind: 'replace', type, id: second! },
      PATCH: { kind: 'patch', type, id: second! },
      DELETE: { kind: 'delete', type, id: second! },
    });
  const id = second === undefined ? {} : { id: second };
  if (first === 'Schemas') return choose(wanted, { GET: { kind: 'schemas', ...id } });
  if (first === 'ResourceTypes') return choose(wanted, { GET: { kind: 'resourceTypes', ...id } });
  if (second !== undefined) throw unknownPath();
  if (first === '.search')
    return choose(wanted, { POST: { kind: 'search', types: resourceTypes } });
  if (first === 'Bulk') return choose(wanted, { POST: { kind: 'bulk' } });
  if (first === 'ServiceProviderConfig')
    return choose(wanted, { GET: { kind: 'serviceProviderConfig' } });
  if (first === 'Me')
    throw new ScimError('notImplemented', 'A token names no person. Use /Users with an id.');
  throw unknownPath();
}

function choose(method: string, routes: Partial<Record<string, ScimRoute>>): ScimRoute {
  const route = Object.hasOwn(routes, method) ? routes[method] : undefined;
  if (route) return route;
  const allowed = Object.keys(routes);
  throw new MethodNotAllowedError(
    'scim_method_not_allowed',
    `This path does not allow ${method.slice(0, 20)}. Use ${allowed.join(' or ')}.`,
    allowed,
  );
}

const unknownPath = () =>
  new ScimError(
    'notFound',
    'The SCIM endpoint has no such path. Known: /Users, /Groups, /.search, /Bulk, /ServiceProviderConfig, /Schemas, /ResourceTypes.',
  );

/** Throws ForbiddenError. Scopes of bulk operations are checked one by one. */
export function assertAllowed(route: ScimRoute, { scopes }: ProvisioningToken): void {
  for (const scope of scopesOf(route))
    if (!scopes.includes(scope))
      throw new ForbiddenError(
        'provisioning_scope_missing',
        `The token lacks the scope ${scope}. Issue a token that has it.`,
      );
}

export const scopeOf = ({ name }: ResourceType, access: 'read' | 'write'): TokenScope =>
  name === 'User' ? `users.${access}` : `groups.${access}`;

function scopesOf(route: ScimRoute): readonly TokenScope[] {
  switch (route.kind) {
    case 'list':
    case 'search':
      return route.types.map((type) => scopeOf(type, 'read'));
    case 'read':
      return [scopeOf(route.type, 'read')];
    case 'create':
    case 'replace':
    case 'patch':
    case 'delete':
      return [scopeOf(route.type, 'write')];
    case 'schemas':
    case 'resourceTypes':
    case 'serviceProviderConfig':
      return ['schemas.read'];
    case 'bulk':
      return [];
  }
}

export const isWrite = ({ kind }: ScimRoute): boolean =>
  ['create', 'replace', 'patch', 'delete', 'bulk'].includes(kind);
