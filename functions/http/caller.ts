/**
 * The caller of a request. Data belongs to its tenant; a person is identified by object id, never
 * by an address.
 */
import { ForbiddenError } from '../errors/app-error';

export const roles = ['Owner', 'Member', 'Viewer', 'Operator'] as const;
export type Role = (typeof roles)[number];

export interface Caller {
  /** Entra tenant (`tid`): the owner of all data that the caller creates. */
  readonly tenantId: string;
  /** Entra object id (`oid`) of the person or app. */
  readonly objectId: string;
  /** For display only; never a key. */
  readonly displayName: string;
  readonly roles: readonly Role[];
}

/** The caller of an endpoint that requires no token. */
export const anonymous: Caller = { tenantId: '', objectId: '', displayName: '', roles: [] };

/** May read connectors and the catalog. No response to them contains a secret. */
export const anyRole: readonly Role[] = ['Owner', 'Member', 'Viewer', 'Operator'];
export const ownersAndMembers: readonly Role[] = ['Owner', 'Member'];
export const owners: readonly Role[] = ['Owner'];
export const ownersAndOperators: readonly Role[] = ['Owner', 'Operator'];

/** Throws ForbiddenError if the caller has none of the roles. */
export function assertRole({ roles: given }: Caller, allowed: readonly Role[]): void {
  if (allowed.some((role) => given.includes(role))) return;
  throw new ForbiddenError(
    'role_missing',
    `This operation requires the role ${allowed.join(' or ')}. Ask an administrator to assign it.`,
  );
}
