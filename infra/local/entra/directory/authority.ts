/**
 * The authority, first segment of every path: a tenant id or domain, `common` or `organizations`.
 */
import { EntraError } from '../entra-error';
import type { Registry } from './registry';
import type { App, Tenant, User } from './state';

export interface Authority {
  /** As in the path. */
  readonly name: string;
  /** Absent for `common` and `organizations`. */
  readonly tenant?: Tenant;
}

const tenantIndependentNames = ['organizations', 'common'];
const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const domain = /^(?=.{1,253}$)[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})+$/i;

export const isTenantName = (name: string) =>
  tenantIndependentNames.includes(name) || guid.test(name) || domain.test(name);

export function readAuthority(registry: Registry, name: string): Authority {
  if (tenantIndependentNames.includes(name)) return { name };
  if (name === 'consumers') throw new EntraError(90130);
  if (!isTenantName(name)) throw new EntraError(900023, { tenant: name });
  const tenant = registry.findTenant(name);
  if (!tenant) throw new EntraError(90002, { tenant: name });
  return { name, tenant };
}

/** Finds an app. Throws an EntraError unless it can be used with this authority. */
export function appIn(
  registry: Registry,
  { name, tenant }: Authority,
  clientId: string | null,
): App {
  if (!clientId) throw new EntraError(900144, { parameter: 'client_id' });
  const app = registry.findApp(clientId);
  const elsewhere = tenant && app && !app.multiTenant && app.tenantId !== tenant.tenantId;
  if (!app || elsewhere) throw new EntraError(700016, { app: clientId, tenant: name });
  if (app.disabled) throw new EntraError(7000112, { app: clientId });
  if (!tenant && !app.multiTenant) throw new EntraError(50194, { app: clientId });
  return app;
}

/**
 * The user as the tenant knows them: tokens name the tenant that signed in and the object id there.
 * Throws an EntraError unless it is the home tenant or one that has invited the user as a guest.
 */
export function userIn({ name, tenant }: Authority, user: User, app: App): User {
  if (!tenant || tenant.tenantId === user.tenantId) return user;
  const guest = user.guestOf?.find(({ tenantId }) => tenantId === tenant.tenantId);
  if (!guest) throw new EntraError(50020, { user: user.username, tenant: name, app: app.clientId });
  return { ...user, ...guest, administrator: false };
}
