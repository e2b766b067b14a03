/** Which path is answered by what. An error is a JSON body for a program and a page for a person. */
import { sample } from '../seed/sample';
import type { Answer, Handler, Received } from '../emulator/server';
import { consentAsAdministrator } from './sign-in/admin-consent';
import { authorize } from './sign-in/authorize';
import { enterUserCode } from './sign-in/device-sign-in';
import type { Directory } from './directory/directory';
import { openIdConfiguration } from './tokens/discovery';
import { EntraError, toAnswer, type ErrorAnswer } from './entra-error';
import { errorPage } from './sign-in/pages';
import { signIns } from './sign-in/sign-in';
import { giveDeviceCode, giveTokens } from './tokens/token-endpoint';

const toBrowsers = /^\/(oauth2\/v2\.0\/authorize|(v2\.0\/)?adminconsent|oauth2\/deviceauth)$/;

export function entraHandler(directory: Directory, deviceIntervalInSeconds: number): Handler {
  return (received) =>
    guarded(
      directory,
      received,
      (answer) => answer,
      async () => {
        const [tenant, path] = split(received.path);
        if (path === '/v2.0/.well-known/openid-configuration')
          return openIdConfiguration(directory, tenant);
        if (path === '/discovery/v2.0/keys') return { status: 200, body: directory.signing.keys };
        if (path === '/oauth2/v2.0/token') return giveTokens(directory, tenant, received);
        if (path === '/oauth2/v2.0/devicecode')
          return giveDeviceCode(directory, tenant, received, deviceIntervalInSeconds);
        if (received.method === 'GET' && toBrowsers.test(path))
          return sendToPages(directory, received);
        return undefined;
      },
    );
}

export function signInHandler(
  directory: Directory,
  redirectUris: () => readonly string[],
): Handler {
  const opened = signIns(directory);
  const alsoWeb = (clientId: string | null) =>
    clientId === sample.home.oauthClientId ? redirectUris() : [];

  return (received) =>
    guarded(directory, received, errorPage, async () => {
      const [tenant, path] = split(received.path);
      const extra = alsoWeb(received.query.get('client_id') ?? received.form().get('client_id'));
      if (!['GET', 'POST'].includes(received.method)) return undefined;
      if (path === '/oauth2/v2.0/authorize')
        return authorize(directory, opened, tenant, received, extra);
      if (path === '/v2.0/adminconsent' || path === '/adminconsent')
        return consentAsAdministrator(directory, opened, tenant, received, extra);
      if (path === '/oauth2/deviceauth') return enterUserCode(directory, opened, received);
      if (path === '/login' && received.method === 'POST') return opened.proceed(received.form());
      return undefined;
    });
}

/** A link that was made from the address for programs still ends where browsers are at home. */
function sendToPages({ places }: Directory, { path, query }: Received): Answer {
  const search = query.size > 0 ? `?${query.toString()}` : '';
  return { status: 302, headers: { location: `${places.signInUrl}${path}${search}` } };
}

async function guarded(
  { clock }: Directory,
  received: Received,
  shown: (answer: ErrorAnswer) => Answer,
  handle: () => Promise<Answer | undefined>,
): Promise<Answer | undefined> {
  try {
    return await handle();
  } catch (error) {
    if (error instanceof EntraError) return shown(toAnswer(error, received, clock.now()));
    throw error;
  }
}

/** /{tenant}/rest */
function split(path: string): readonly [tenant: string, rest: string] {
  const [, tenant = '', rest = ''] = /^\/([^/]+)(\/.*)$/.exec(path) ?? [];
  return [decodeURIComponent(tenant), rest];
}
