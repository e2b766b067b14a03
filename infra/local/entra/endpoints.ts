/** Routes of the Entra emulator. Errors are JSON for programs and a page for people. */
import { sample } from '../seed/sample';
import type { EmulatorResponse, Handler, EmulatorRequest } from '../emulator/server';
import { consentAsAdministrator } from './sign-in/admin-consent';
import { authorize } from './sign-in/authorize';
import { enterUserCode } from './sign-in/device-sign-in';
import type { Directory } from './directory/directory';
import { openIdConfiguration } from './tokens/discovery';
import { EntraError, toErrorResponse, type EntraErrorResponse } from './entra-error';
import { errorPage } from './sign-in/pages';
import { signIns } from './sign-in/sign-in';
import { isForScripts, respondToScript, signOut, withCors } from './sign-in/single-page-app';
import { issueDeviceCode, issueTokens } from './tokens/token-endpoint';

const browserPaths = /^\/(oauth2\/v2\.0\/authorize|(v2\.0\/)?adminconsent|oauth2\/deviceauth)$/;

export function entraHandler(directory: Directory, deviceIntervalSeconds: number): Handler {
  return (received) =>
    withEntraErrors(
      directory,
      received,
      (response) => response,
      async () => {
        const [tenant, path] = splitTenant(received.path);
        if (path === '/v2.0/.well-known/openid-configuration')
          return openIdConfiguration(directory, tenant);
        if (path === '/discovery/v2.0/keys') return { status: 200, body: directory.signing.keys };
        if (path === '/oauth2/v2.0/token') return issueTokens(directory, tenant, received);
        if (path === '/oauth2/v2.0/devicecode')
          return issueDeviceCode(directory, tenant, received, deviceIntervalSeconds);
        if (received.method === 'GET' && browserPaths.test(path))
          return redirectToSignInPages(directory, received);
        return undefined;
      },
    );
}

export function signInHandler(
  directory: Directory,
  redirectUris: () => readonly string[],
): Handler {
  const signInFlows = signIns(directory);
  const extraRedirectUris = (clientId: string | null) =>
    clientId === sample.home.oauthClientId ? redirectUris() : [];

  return async (received) => {
    const [tenant, path] = splitTenant(received.path);
    if (isForScripts(path)) {
      if (received.method === 'OPTIONS') return withCors(received, { status: 204 });
      const response = await withEntraErrors(
        directory,
        received,
        (error) => error,
        () => respondToScript(directory, tenant, path, received),
      );
      return response && withCors(received, response);
    }
    return withEntraErrors(directory, received, errorPage, async () => {
      const extra = extraRedirectUris(
        received.query.get('client_id') ?? received.form().get('client_id'),
      );
      if (!['GET', 'POST'].includes(received.method)) return undefined;
      if (path === '/oauth2/v2.0/authorize')
        return authorize(directory, signInFlows, tenant, received, extra);
      if (path === '/v2.0/adminconsent' || path === '/adminconsent')
        return consentAsAdministrator(directory, signInFlows, tenant, received, extra);
      if (path === '/oauth2/v2.0/logout') return signOut(directory, received);
      if (path === '/oauth2/deviceauth') return enterUserCode(directory, signInFlows, received);
      if (path === '/login' && received.method === 'POST')
        return signInFlows.proceed(received.form());
      return undefined;
    });
  };
}

/** Redirects a link to the TLS port to the sign-in pages, which need no local certificate. */
function redirectToSignInPages(
  { urls }: Directory,
  { path, query }: EmulatorRequest,
): EmulatorResponse {
  const search = query.size > 0 ? `?${query.toString()}` : '';
  return { status: 302, headers: { location: `${urls.signInUrl}${path}${search}` } };
}

async function withEntraErrors(
  { clock }: Directory,
  received: EmulatorRequest,
  render: (response: EntraErrorResponse) => EmulatorResponse,
  handle: () => Promise<EmulatorResponse | undefined>,
): Promise<EmulatorResponse | undefined> {
  try {
    return await handle();
  } catch (error) {
    if (error instanceof EntraError) return render(toErrorResponse(error, received, clock.now()));
    throw error;
  }
}

/** Splits /{tenant}/{path}. */
function splitTenant(fullPath: string): readonly [tenant: string, path: string] {
  const [, tenant = '', path = ''] = /^\/([^/]+)(\/.*)$/.exec(fullPath) ?? [];
  return [decodeURIComponent(tenant), path];
}
