/** Parses the `scope` parameter into OpenID scopes and permissions of APIs. */
import { EntraError } from '../entra-error';
import { findResource, graph, type Resource } from '../directory/resources';

export interface Scopes {
  /** As sent. */
  readonly text: string;
  readonly openId: boolean;
  readonly offline: boolean;
  readonly requested: readonly RequestedScope[];
}

export interface RequestedScope {
  readonly text: string;
  readonly resource: Resource;
  /** `.default` or a permission. */
  readonly name: string;
}

const openIdScopes = ['openid', 'profile', 'email', 'offline_access'];

export function readScopes(text: string): Scopes {
  const all = text.split(/\s+/).filter(Boolean);
  return {
    text,
    openId: all.includes('openid'),
    offline: all.includes('offline_access'),
    requested: all.filter((scope) => !openIdScopes.includes(scope)).map(readOne),
  };
}

function readOne(text: string): RequestedScope {
  const slash = text.lastIndexOf('/');
  const [owner, name] = [text.slice(0, Math.max(slash, 0)), text.slice(slash + 1)];
  const resource = owner ? findResource(owner) : graph;
  if (name !== '.default' && !resource.scopes.test(name))
    throw new EntraError(70011, { scope: text });
  return { text, resource, name };
}

/**
 * A token is valid for one API. Requests with OpenID scopes only get a token for Microsoft Graph.
 */
export function singleResource({ requested }: Scopes): Resource {
  const [first = graph, ...others] = new Set(requested.map(({ resource }) => resource));
  if (others.length > 0) throw new EntraError(700022);
  return first;
}

/** Full names of the permissions, to which users consent. */
export const permissionsOf = ({ requested }: Scopes): string[] => [
  ...new Set(
    requested.map(({ resource, name }) => `${resource.audience}/${permissionOf(resource, name)}`),
  ),
];

/** Permission names of a resource, for the `scp` claim. */
export const namesOf = ({ requested }: Scopes, resource: Resource): string[] => [
  ...new Set(
    requested
      .filter((scope) => scope.resource === resource)
      .map(({ name }) => permissionOf(resource, name)),
  ),
];

const permissionOf = ({ defaultScope }: Resource, name: string) =>
  name === '.default' ? defaultScope : name;
