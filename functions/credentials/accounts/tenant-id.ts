/** Ids of tenants. Callers name a tenant by its id or by a domain; accounts are stored with the id. */
import type { TenantDirectory } from '../ports';

const tenantIdPattern = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** In lower case, so that ids can be compared. Throws RefusedError if there is no such tenant. */
export async function tenantIdOf(directory: TenantDirectory, idOrDomain: string): Promise<string> {
  const name = idOrDomain.toLowerCase();
  return tenantIdPattern.test(name) ? name : directory.tenantIdOf(name);
}
