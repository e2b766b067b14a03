/**
 * Checks of every request before its operation runs, in Azure's order: authentication, route, API
 * version, permission, rate limit.
 */
import { randomUUID } from 'node:crypto';
import type { EmulatorResponse, Handler, EmulatorRequest } from '../emulator/server';
import type { TokenClaims, VerifyToken } from '../emulator/tokens';
import { ArmError, badRequest } from './arm-error';
import type { TokenBuckets } from './limits';
import { createRouter, type Operation } from './operation';
import type { RoleAssignments } from './roles/role-assignments';
import type { Subscriptions } from './subscriptions';

export interface RequestPipelineOptions {
  readonly verify: VerifyToken;
  readonly roles: RoleAssignments;
  readonly tokenBuckets: TokenBuckets;
  readonly subscriptions: Subscriptions;
}

const audiences = [
  'https://management.azure.com',
  'https://management.azure.com/',
  'https://management.core.windows.net',
  'https://management.core.windows.net/',
];

export function createRequestPipeline(
  operations: readonly Operation[],
  parts: RequestPipelineOptions,
): Handler {
  const route = createRouter(operations);

  const process = async (
    request: EmulatorRequest,
    correlationId: string,
  ): Promise<EmulatorResponse | undefined> => {
    const caller = await signIn(parts, request);
    const found = route(request.method, request.path);
    if (!found) return undefined;
    const { operation, params } = found;
    requireVersion(operation, request);
    requirePermission(parts, operation, params, caller);
    const rateLimitHeaders = takeToken(parts.tokenBuckets, operation, params, caller);
    const handled = async () => operation.handle({ request, caller, params, correlationId });
    // Rejected requests count against the limit, too.
    const response = await handled().catch(toErrorResponse);
    return response && { ...response, headers: { ...rateLimitHeaders, ...response.headers } };
  };

  return async (request) => {
    const own = request.headers['x-ms-correlation-request-id'];
    const correlationId = typeof own === 'string' ? own : randomUUID();
    const response = await process(request, correlationId).catch(toErrorResponse);
    return (
      response && {
        ...response,
        headers: { ...commonHeaders(correlationId), ...response.headers },
      }
    );
  };
}

function toErrorResponse(error: unknown): EmulatorResponse {
  if (error instanceof ArmError) return error.toResponse();
  throw error;
}

const commonHeaders = (correlationId: string) => ({
  'x-ms-request-id': randomUUID(),
  'x-ms-correlation-request-id': correlationId,
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-cache',
});

async function signIn(
  { verify, subscriptions }: RequestPipelineOptions,
  { headers, path }: EmulatorRequest,
): Promise<TokenClaims> {
  const claims = await verify(headers.authorization, audiences);
  if (claims) return claims;
  const [code, message] = headers.authorization
    ? ['InvalidAuthenticationToken', 'The access token is invalid.']
    : ['AuthenticationFailed', "Authentication failed. The 'Authorization' header is missing."];
  const authority = headers.authorization ? '' : authorityOf(subscriptions, path);
  const challenge = `Bearer ${authority}error="invalid_token", error_description="${message}"`;
  throw new ArmError(401, code!, message!, { 'www-authenticate': challenge });
}

/**
 * Azure tells every client whether a subscription exists, and its tenant:
 * https://shawntabrizi.com/blog/aad/secret-apis-in-azure-active-directory-and-azure-resource-manager
 */
function authorityOf(subscriptions: Subscriptions, path: string): string {
  const [, id] = /^\/subscriptions\/([^/]+)/i.exec(path) ?? [];
  if (id === undefined) return '';
  return `authorization_uri="https://login.windows.net/${subscriptions.get(id).tenantId}", `;
}

function requireVersion({ apiVersions }: Operation, { query }: EmulatorRequest): void {
  const version = query.get('api-version');
  if (!version)
    throw badRequest(
      'The api-version query parameter (?api-version=) is required for all requests.',
      'MissingApiVersionParameter',
    );
  if (!apiVersions.includes(version))
    throw badRequest(
      `The api-version '${version}' is invalid. The supported versions are '${apiVersions.join(',')}'.`,
      'InvalidApiVersionParameter',
    );
}

function requirePermission(
  { roles, subscriptions }: RequestPipelineOptions,
  { actions }: Operation,
  params: Readonly<Record<string, string>>,
  caller: TokenClaims,
): void {
  const scope = scopeOf(params);
  if (scope === undefined) return;
  const subscription = subscriptions.get(subscriptionOf(scope));
  if (actions.some((action) => roles.mayDo(caller.oid, action, scope))) return;
  if (caller.tid !== subscription.tenantId && !roles.holdsAnyRole(caller.oid, scope))
    throw new ArmError(
      401,
      'InvalidAuthenticationTokenTenant',
      `The access token is from the wrong issuer. It must match the tenant '${subscription.tenantId}' associated with this subscription.`,
    );
  throw new ArmError(
    403,
    'AuthorizationFailed',
    `The client '${caller.appid ?? caller.oid}' with object id '${caller.oid}' does not have authorization to perform action '${actions[0]}' over scope '${scope}' or the scope is invalid. If access was recently granted, please refresh your credentials.`,
  );
}

/** Undefined for operations above subscriptions. */
function scopeOf(params: Readonly<Record<string, string>>): string | undefined {
  const { scope, subscriptionId, resourceGroup, factory } = params;
  if (scope !== undefined) return scope;
  if (subscriptionId === undefined) return undefined;
  return [
    `/subscriptions/${subscriptionId}`,
    ...(resourceGroup === undefined ? [] : [`resourceGroups/${resourceGroup}`]),
    ...(factory === undefined ? [] : [`providers/Microsoft.DataFactory/factories/${factory}`]),
  ].join('/');
}

const subscriptionOf = (scope: string) => scope.split('/')[2] ?? '';

function takeToken(
  tokenBuckets: TokenBuckets,
  { budget }: Operation,
  params: Readonly<Record<string, string>>,
  { oid }: TokenClaims,
): Record<string, string> {
  if (budget === 'none') return {};
  const subscription = subscriptionOf(scopeOf(params) ?? '');
  const [scope, remaining] = subscription
    ? ['subscription', tokenBuckets.takeFromSubscription(budget, oid, subscription)]
    : ['tenant', tokenBuckets.takeFromTenant(budget, oid)];
  return { [`x-ms-ratelimit-remaining-${scope}-${budget}`]: String(remaining) };
}
