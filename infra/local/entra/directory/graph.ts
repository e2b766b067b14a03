/**
 * Reads of Microsoft Graph: users, app registrations with the dates of their secrets, service
 * principals.
 */
import { randomUUID } from 'node:crypto';
import type { EmulatorResponse, Handler, EmulatorRequest } from '../../emulator/server';
import type { TokenClaims, VerifyToken } from '../../emulator/tokens';
import type { Registry } from './registry';
import { graph } from './resources';
import { readFilter } from './graph-filter';
import type { App, User } from './state';
import { principalOf } from '../tokens/token-claims';

export function graphHandler(registry: Registry, verify: VerifyToken, now: () => Date): Handler {
  const graphError = (status: number, code: string, message: string): EmulatorResponse => ({
    status,
    body: {
      error: {
        code,
        message,
        innerError: { date: now().toISOString(), 'request-id': randomUUID() },
      },
    },
  });
  const missing = (id: string) =>
    graphError(
      404,
      'Request_ResourceNotFound',
      `Resource '${id}' does not exist or one of its queried reference-property objects are not present.`,
    );

  /**
   * Responds with the object. Without permission the response does not reveal whether it exists.
   */
  function respond(
    id: string,
    allowed: boolean,
    found: object | undefined,
    query: URLSearchParams,
  ) {
    if (!allowed)
      return graphError(
        403,
        'Authorization_RequestDenied',
        'Insufficient privileges to complete the operation.',
      );
    return found ? { status: 200, body: selectFields(found, query.get('$select')) } : missing(id);
  }

  function list(kind: 'users' | 'groups', claims: TokenClaims, query: URLSearchParams) {
    if (!allows(claims, ...(kind === 'users' ? readsUsers : readsGroups)))
      return graphError(
        403,
        'Authorization_RequestDenied',
        'Insufficient privileges to complete the operation.',
      );
    const matches = readFilter(query.get('$filter'));
    if (!matches)
      return graphError(
        400,
        'Request_UnsupportedQuery',
        'Unsupported or invalid query filter clause.',
      );
    const all = (kind === 'users' ? usersIn : groupsIn)(registry, claims.tid);
    const value = all
      .filter(matches)
      .slice(0, Number(query.get('$top') ?? 100))
      .map((each) => selectFields(each, query.get('$select')));
    return { status: 200, body: { value } };
  }

  return async ({ method, path, query, headers }: EmulatorRequest) => {
    const route = method === 'GET' && readRoute(path);
    const options = route && 'list' in route ? listOptions : ['$select'];
    if (!route || [...query.keys()].some((name) => !options.includes(name))) return undefined;
    const claims = await verify(headers.authorization, [graph.audience]);
    if (!claims)
      return graphError(
        401,
        'InvalidAuthenticationToken',
        headers.authorization ? 'Access token validation failure.' : 'Access token is empty.',
      );
    if ('list' in route) return list(route.list, claims, query);
    const { kind, id } = route;
    const mayReadApps = allows(claims, 'Application.Read.All', 'Directory.Read.All');
    switch (kind) {
      case 'me': {
        const user = registry.findUser(claims.oid);
        return respond(
          'me',
          allows(claims, 'User.Read', ...readsUsers) && !!user,
          user && userOf(user),
          query,
        );
      }
      case 'users': {
        const user = registry.findUser(id);
        const own = user?.objectId === claims.oid && allows(claims, 'User.Read');
        const found = user?.tenantId === claims.tid ? userOf(user) : undefined;
        return respond(id, own || allows(claims, ...readsUsers), found, query);
      }
      case 'applications': {
        const app = registry.findApp(id);
        const found = app?.tenantId === claims.tid ? applicationOf(app) : undefined;
        return respond(id, mayReadApps, found, query);
      }
      case 'servicePrincipals': {
        const app = registry.findApp(id);
        const found = app && isIn(app, claims.tid) ? principal(app, claims.tid) : undefined;
        return respond(id, mayReadApps, found, query);
      }
    }
  };
}

const readsUsers = ['User.ReadBasic.All', 'User.Read.All', 'Directory.Read.All'];

const readsGroups = ['GroupMember.Read.All', 'Group.Read.All', 'Directory.Read.All'];
const listOptions = ['$filter', '$select', '$top'];

type Route =
  | { readonly list: 'users' | 'groups' }
  | {
      readonly kind: 'me' | 'users' | 'applications' | 'servicePrincipals';
      readonly id: string;
    };

function readRoute(path: string): Route | undefined {
  const [, list] = /^\/v1\.0\/(users|groups)$/.exec(path) ?? [];
  if (list) return { list: list as 'users' | 'groups' };
  if (path === '/v1.0/me') return { kind: 'me', id: 'me' };
  const [, user] = /^\/v1\.0\/users\/([^/]+)$/.exec(path) ?? [];
  if (user) return { kind: 'users', id: decodeURIComponent(user) };
  const [, kind, appId] =
    /^\/v1\.0\/(applications|servicePrincipals)\(appId='([^'/]+)'\)$/.exec(
      decodeURIComponent(path),
    ) ?? [];
  return appId ? { kind: kind as 'applications' | 'servicePrincipals', id: appId } : undefined;
}

/** Application permissions are in `roles`, delegated ones in `scp`. */
function allows({ idtyp, roles = [], scp = '' }: TokenClaims, ...any: readonly string[]): boolean {
  const held = idtyp === 'app' ? roles : scp.split(' ');
  return any.some((permission) => held.includes(permission));
}

const isIn = (app: App, tenantId: string) =>
  app.tenantId === tenantId || app.consents.some((consent) => consent.tenantId === tenantId);

const userOf = ({ objectId, displayName, username, disabled }: User) => ({
  id: objectId,
  displayName,
  userPrincipalName: username,
  mail: username,
  accountEnabled: !disabled,
});

/** Guests have a name of this tenant, and their own address in `mail` and `otherMails`. */
function usersIn(registry: Registry, tenantId: string) {
  return registry.users().flatMap((user) => {
    if (user.tenantId === tenantId) return { ...userOf(user), otherMails: [] as string[] };
    const guest = user.guestOf?.find((each) => each.tenantId === tenantId);
    if (!guest) return [];
    const name = user.username.replace('@', '_');
    return {
      ...userOf({ ...user, objectId: guest.objectId }),
      userPrincipalName: `${name}#EXT#@${registry.findTenant(tenantId)!.domain}`,
      otherMails: [user.username],
    };
  });
}

const groupsIn = (registry: Registry, tenantId: string) =>
  registry
    .groups()
    .filter((group) => group.tenantId === tenantId)
    .map(({ objectId, displayName }) => ({ id: objectId, displayName }));

const applicationOf = ({ objectId, clientId, displayName, multiTenant, secrets }: App) => ({
  id: objectId,
  appId: clientId,
  displayName,
  signInAudience: multiTenant ? 'AzureADMultipleOrgs' : 'AzureADMyOrg',
  passwordCredentials: secrets.map(
    ({ id, hint, displayName: name, startDateTime, endDateTime }) => ({
      keyId: id,
      displayName: name,
      hint,
      startDateTime,
      endDateTime,
      secretText: null,
      customKeyIdentifier: null,
    }),
  ),
});

const principal = (app: App, tenantId: string) => ({
  id: principalOf(app, tenantId),
  appId: app.clientId,
  displayName: app.displayName,
  accountEnabled: !app.disabled,
  appOwnerOrganizationId: app.tenantId,
  servicePrincipalType: 'Application',
});

function selectFields(found: object, select: string | null): object {
  if (!select) return found;
  const names = new Set(select.split(',').map((name) => name.trim()));
  return Object.fromEntries(Object.entries(found).filter(([name]) => names.has(name)));
}
