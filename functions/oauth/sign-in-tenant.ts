/**
 * The tenant that signs in. Every sign-in of a person is bound to one tenant, so that a forwarded
 * link or device code connects no account of another tenant (RFC 8628 section 5.4, cross-device
 * flows BCP). `organizations`, which accepts any account, is never used.
 */
import type { Connector } from '../connectors/connector';
import type { SignInResult } from '../credentials/sign-in-result';
import { RefusedError } from '../errors/app-error';
import type { Actor } from '../events/actor';

const tenantIdPattern = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export const isTenantId = (tenant: string): boolean => tenantIdPattern.test(tenant);

/** The tenant named in the request, that of the account connected before, or that of the caller. */
export function signInTenantOf(
  { account }: Connector,
  actor: Actor,
  named: string | undefined,
): string {
  if (named !== undefined) return isTenantId(named) ? named.toLowerCase() : named;
  return account?.objectId === undefined ? actor.tenantId : account.tenantId;
}

/** Throws RefusedError if Entra signed in an account of another tenant than requested. */
export function assertSignInTenant(tenant: string, { tenantId }: SignInResult): void {
  if (!isTenantId(tenant) || tenant.toLowerCase() === tenantId.toLowerCase()) return;
  throw new RefusedError(
    'tenant_mismatch',
    'The account belongs to another tenant than the sign-in was started for. Sign in with an account of that tenant.',
  );
}
