/**
 * Tenants, besides its own, whose accounts and apps the connectors of a tenant may be connected
 * with. Every method to connect is held against them.
 */
import { RefusedError } from '../../errors/app-error';
import type { Person } from '../../events/actor';

export const maxAllowedTenants = 100;

export interface AllowedTenants {
  /** The tenant that the setting belongs to. */
  readonly tenantId: string;
  /** Ids in lower case, sorted, each once. */
  readonly tenantIds: readonly string[];
  /** Counts the changes; 0 if the setting was never changed. The strong ETag is `"t<version>"`. */
  readonly version: number;
  readonly updatedAt?: string;
  readonly updatedBy?: Person;
}

export const noAllowedTenants = (tenantId: string): AllowedTenants => ({
  tenantId,
  tenantIds: [],
  version: 0,
});

export const allowedTenantsEtag = ({ version }: AllowedTenants): string => `"t${version}"`;

export const normalizeTenantIds = (tenantIds: readonly string[]): readonly string[] =>
  [...new Set(tenantIds.map((id) => id.toLowerCase()))].sort();

/** Throws RefusedError unless an account or app belongs to the tenant or to an allowed tenant. */
export function assertTenantAllowed(
  { tenantId, tenantIds }: AllowedTenants,
  accountTenantId: string,
): void {
  const wanted = accountTenantId.toLowerCase();
  if (wanted === tenantId.toLowerCase() || tenantIds.includes(wanted)) return;
  throw new RefusedError(
    'account_tenant_not_allowed',
    'Accounts and apps of this tenant may not be connected. Use one of your own tenant, or add the tenant to the allowed tenants first.',
  );
}
