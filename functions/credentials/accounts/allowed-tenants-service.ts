/** Reads and replaces the allowed tenants of a tenant, and checks accounts against them. */
import { StaleError } from '../../errors/app-error';
import { personOf, type Actor } from '../../events/actor';
import { tenantStream, type NewEvent } from '../../events/event';
import type { EventLog } from '../../events/ports';
import { allowsVersion, type IfMatch } from '../../storage/if-match';
import type { AllowedTenantsStore } from '../ports';
import {
  allowedTenantsEtag,
  assertTenantAllowed,
  noAllowedTenants,
  normalizeTenantIds,
  type AllowedTenants,
} from './allowed-tenants';

export class AllowedTenantsService {
  constructor(
    private readonly store: AllowedTenantsStore,
    private readonly now: () => Date,
    private readonly events: EventLog,
  ) {}

  async get(tenantId: string): Promise<AllowedTenants> {
    return (await this.store.get(tenantId)) ?? noAllowedTenants(tenantId);
  }

  /** Throws StaleError unless `ifMatch` allows the current version. */
  async replace(
    actor: Actor,
    ifMatch: IfMatch,
    tenantIds: readonly string[],
  ): Promise<AllowedTenants> {
    const { tenantId } = actor;
    const stored = await this.store.get(tenantId);
    const before: AllowedTenants = stored ?? noAllowedTenants(tenantId);
    if (!allowsVersion(ifMatch, allowedTenantsEtag(before)))
      throw new StaleError(
        'allowed_tenants_stale',
        'The allowed tenants changed since you read them. Read them again, then repeat your change.',
      );
    const next: AllowedTenants = {
      tenantId,
      tenantIds: normalizeTenantIds(tenantIds),
      version: before.version + 1,
      updatedAt: this.now().toISOString(),
      updatedBy: personOf(actor),
    };
    return this.events.commit([changeEvent(actor, before, next)], (messages) =>
      stored
        ? this.store.replace({ ...next, etag: stored.etag }, messages)
        : this.store.create(next, messages),
    );
  }

  /** Throws RefusedError unless an account of `accountTenantId` may be connected in the tenant. */
  async assertAllowed(tenantId: string, accountTenantId: string): Promise<void> {
    if (accountTenantId.toLowerCase() === tenantId.toLowerCase()) return;
    assertTenantAllowed(await this.get(tenantId), accountTenantId);
  }
}

const changeEvent = (actor: Actor, before: AllowedTenants, next: AllowedTenants): NewEvent => ({
  tenantId: next.tenantId,
  connectorId: tenantStream,
  type: 'allowed_tenants.changed',
  actor,
  data: {
    added: difference(next, before).join(' '),
    removed: difference(before, next).join(' '),
  },
});

const difference = (one: AllowedTenants, other: AllowedTenants) =>
  one.tenantIds.filter((id) => !other.tenantIds.includes(id));
