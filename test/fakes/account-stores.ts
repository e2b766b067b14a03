/**
 * AllowedTenantsStore and PasswordTryStore in memory. test/contracts tests them with the adapters.
 */
import type { AllowedTenants } from '../../functions/credentials/accounts/allowed-tenants';
import type { AllowedTenantsStore, PasswordTryStore } from '../../functions/credentials/ports';
import { StaleError } from '../../functions/errors/app-error';
import type { Stored } from '../../functions/storage/stored';
import { fakeOutbox, type FakeOutbox } from './event-store';

export function fakeAllowedTenantsStore(
  outbox: Pick<FakeOutbox, 'add'> = fakeOutbox(),
): AllowedTenantsStore {
  const rows = new Map<string, Stored<AllowedTenants>>();
  let version = 0;
  const put: AllowedTenantsStore['create'] = async (setting, messages) => {
    const stored = { ...setting, etag: `W/"${++version}"` };
    rows.set(setting.tenantId, stored);
    outbox.add(messages);
    return stored;
  };
  const stale = () => new StaleError('allowed_tenants_changed', 'stale');
  return {
    get: async (tenantId) => rows.get(tenantId),
    async create(setting, messages) {
      if (rows.has(setting.tenantId)) throw stale();
      return put(setting, messages);
    },
    async replace({ etag, ...setting }, messages) {
      if (rows.get(setting.tenantId)?.etag !== etag) throw stale();
      return put(setting, messages);
    },
  };
}

export function fakePasswordTryStore(): PasswordTryStore {
  const rows = new Map<string, Date[]>();
  return {
    async add({ tenantId, subject, at }, { since, max }) {
      const key = `${tenantId}/${subject}`;
      const recent = (rows.get(key) ?? []).filter((time) => time > since);
      const oldest = recent[0] ?? at;
      if (recent.length >= max) return { accepted: false, oldest };
      rows.set(key, [...recent, at]);
      return { accepted: true, oldest };
    },
  };
}
