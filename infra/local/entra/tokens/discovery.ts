/** GET /{tenant}/v2.0/.well-known/openid-configuration. */
import type { EmulatorResponse } from '../../emulator/server';
import { readAuthority } from '../directory/authority';
import type { Directory } from '../directory/directory';

export function openIdConfiguration(
  { registry, urls }: Directory,
  tenantName: string,
  /** Where the client reaches the token endpoint: over TLS, unless it is a page on loopback. */
  base = urls.url,
): EmulatorResponse {
  const { url, signInUrl } = urls;
  const { tenant } = readAuthority(registry, tenantName);
  const below = (path: string, at = base) => `${at}/${tenantName}${path}`;
  return {
    status: 200,
    body: {
      token_endpoint: below('/oauth2/v2.0/token'),
      token_endpoint_auth_methods_supported: ['client_secret_post', 'client_secret_basic'],
      jwks_uri: below('/discovery/v2.0/keys'),
      response_modes_supported: ['query', 'fragment', 'form_post'],
      subject_types_supported: ['pairwise'],
      id_token_signing_alg_values_supported: ['RS256'],
      response_types_supported: ['code'],
      scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
      issuer: `${url}/${tenant?.tenantId ?? '{tenantid}'}/v2.0`,
      // Opened in a browser, which does not trust the local certificate authority.
      authorization_endpoint: below('/oauth2/v2.0/authorize', signInUrl),
      end_session_endpoint: below('/oauth2/v2.0/logout', signInUrl),
      device_authorization_endpoint: below('/oauth2/v2.0/devicecode'),
      claims_supported: [
        'sub',
        'iss',
        'aud',
        'exp',
        'iat',
        'nonce',
        'preferred_username',
        'name',
        'tid',
        'ver',
      ],
      tenant_region_scope: null,
    },
  };
}
