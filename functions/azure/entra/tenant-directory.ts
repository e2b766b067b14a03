/** Finds the id of a tenant by a domain, through the tenant's OpenID Connect discovery document. */
import { z } from 'zod';
import { toAppError } from '../../errors/classify-sign-in-error';
import type { TenantDirectory } from '../../credentials/ports';
import { getJson } from '../resource-manager/rest';
import { providerErrorOf } from './token-request';

const metadata = z.object({ issuer: z.string() });

export class EntraTenantDirectory implements TenantDirectory {
  constructor(private readonly options: { readonly entraUrl: string }) {}

  async tenantIdOf(domain: string): Promise<string> {
    const { entraUrl } = this.options;
    const url = `${entraUrl}/${encodeURIComponent(domain)}/v2.0/.well-known/openid-configuration`;
    const response = await getJson(url);
    if (!response) throw toAppError({ provider: 'entra', error: 'network_error' });
    const parsed = metadata.safeParse(response.body);
    if (response.status !== 200 || !parsed.success) throw toAppError(providerErrorOf(response));
    const [, tenantId] = /\/([0-9a-f-]{36})\/v2\.0$/i.exec(parsed.data.issuer) ?? [];
    if (tenantId === undefined)
      throw toAppError({ provider: 'entra', error: 'invalid_tenant', number: unknownTenant });
    return tenantId.toLowerCase();
  }
}

/** AADSTS90002: the tenant was not found. */
const unknownTenant = 90_002;
