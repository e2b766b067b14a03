/**
 * Requests that a page sends to Entra by script: discovery, keys and tokens, with CORS. They are
 * over HTTP like the sign-in pages, so that a browser needs no local certificate.
 */
import type { EmulatorRequest, EmulatorResponse } from '../../emulator/server';
import type { Directory } from '../directory/directory';
import { noStore } from '../entra-error';
import { openIdConfiguration } from '../tokens/discovery';
import { issueTokens } from '../tokens/token-endpoint';

export async function respondToScript(
  directory: Directory,
  tenant: string,
  path: string,
  received: EmulatorRequest,
): Promise<EmulatorResponse | undefined> {
  if (path === '/v2.0/.well-known/openid-configuration')
    return openIdConfiguration(directory, tenant, directory.urls.signInUrl);
  if (path === '/discovery/v2.0/keys') return { status: 200, body: directory.signing.keys };
  // Other clients send their secrets over TLS.
  if (path === '/oauth2/v2.0/token' && received.headers.origin !== undefined)
    return issueTokens(directory, tenant, received);
  return undefined;
}

const scriptPaths =
  /^\/(v2\.0\/\.well-known\/openid-configuration|discovery\/v2\.0\/keys|oauth2\/v2\.0\/token)$/;

export const isForScripts = (path: string) => scriptPaths.test(path);

/** The token endpoint of Entra allows any origin; whether a code may be redeemed is checked apart. */
export function withCors(
  { method, headers }: EmulatorRequest,
  response: EmulatorResponse,
): EmulatorResponse {
  if (headers.origin === undefined) return response;
  const allowed = {
    'access-control-allow-origin': headers.origin,
    vary: 'Origin',
    ...(method === 'OPTIONS' && {
      'access-control-allow-methods': 'GET, POST, OPTIONS',
      'access-control-allow-headers': 'content-type, authorization',
    }),
  };
  return { ...response, headers: { ...response.headers, ...allowed } };
}

/**
 * Ends nothing, because the emulator keeps no sessions. Redirects to addresses of single-page apps
 * only.
 */
export function signOut(
  { registry }: Directory,
  { query }: EmulatorRequest,
): EmulatorResponse | undefined {
  const target = query.get('post_logout_redirect_uri') ?? '';
  return registry.isSpaRedirect(target)
    ? { status: 302, headers: { ...noStore, location: target } }
    : undefined;
}
