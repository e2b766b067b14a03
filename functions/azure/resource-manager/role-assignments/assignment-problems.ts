/**
 * What a response of the authorization provider means. Decided by status and error code, never by the
 * message, whose text changes without a version.
 */
import { z } from 'zod';
import type { AssignmentProblem } from '../../../access/grants/assignment';

const errorBody = z.object({ error: z.object({ code: z.string() }) });

export const azureCodeOf = (body: unknown): string | undefined => {
  const parsed = errorBody.safeParse(body);
  return parsed.success ? parsed.data.error.code : undefined;
};

/** Codes of https://learn.microsoft.com/azure/role-based-access-control/troubleshooting and of ARM. */
const byCode: Readonly<Record<string, AssignmentProblem>> = {
  PrincipalNotFound: 'principal_not_found',
  RoleDefinitionDoesNotExist: 'role_not_found',
  RoleAssignmentLimitExceeded: 'limit_reached',
  SubscriptionNotFound: 'scope_not_found',
  ResourceGroupNotFound: 'scope_not_found',
  ResourceNotFound: 'scope_not_found',
  InvalidSubscriptionId: 'scope_not_found',
  ScopeLocked: 'scope_locked',
  ReadOnlyDisabledSubscription: 'scope_locked',
};

/** Codes of a scope or an assignment that does not exist. A scope that does not exist has none. */
const absent: ReadonlySet<string> = new Set([
  'RoleAssignmentNotFound',
  'ResourceGroupNotFound',
  'ResourceNotFound',
  'ParentResourceNotFound',
]);

/**
 * Whether a 404 proves that there is no assignment. A 404 without a code may come from a proxy.
 */
export const isAbsent = (status: number, code: string | undefined): boolean =>
  status === 404 && code !== undefined && absent.has(code);

export const isSubscriptionMissing = (status: number, code: string | undefined): boolean =>
  status === 404 && code === 'SubscriptionNotFound';

/**
 * Whether the subscription may be deleted, or may have moved to another tenant. An app that has lost
 * its access gets the same answers, so they need a confirmation.
 */
export const mayHaveLeft = (status: number, code: string | undefined): boolean =>
  isSubscriptionMissing(status, code) ||
  (status === 401 && code === 'InvalidAuthenticationTokenTenant');

/** The tenant that a challenge of Resource Manager names (RFC 6750 section 3), in lower case. */
export const tenantOfChallenge = (header = ''): string | undefined =>
  /\bauthorization_uri="https:\/\/[^"/]+\/([\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})"/i
    .exec(header)?.[1]
    ?.toLowerCase();

export function problemOf(status: number, code: string | undefined): AssignmentProblem {
  const known = code === undefined ? undefined : byCode[code];
  if (known) return known;
  if (status === 401 || status === 403) return 'not_permitted';
  if (status === 404 && code !== undefined) return 'scope_not_found';
  if (status === 429) return 'throttled';
  return status === 408 || status >= 500 ? 'unavailable' : 'unexpected_response';
}

export const roleAssignmentExists = 'RoleAssignmentExists';
/** The name belongs to an assignment of another role, principal or scope, which cannot change. */
export const nameTaken = 'RoleAssignmentUpdateNotPermitted';
