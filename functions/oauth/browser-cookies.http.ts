/**
 * The two cookies of a sign-in. The binding cookie must survive the form that Entra's page sends, so
 * it cannot be SameSite; the confirmation cookie is sent by our own page only. With TLS both are
 * bound to our host (`__Host-`, RFC 6265bis section 4.1.3.2).
 */
import type { Cookie, HttpRequest } from '@azure/functions';
import { sessionLifetimeSeconds } from './authorization';
import { browserSecretsOf } from './browser-secrets';
import type { BrowserCookies } from './browser-sessions';

/** Set when the browser leaves for Entra. Without TLS, browsers accept no SameSite=None. */
export const bindingCookie = (publicUrl: string, sessionId: string, value: string): Cookie => ({
  ...attributesOf(publicUrl),
  name: nameOf(publicUrl, 'oauth', sessionId),
  value,
  sameSite: hasTls(publicUrl) ? 'None' : 'Lax',
});

/** Set when the browser returned from Entra. */
export const confirmationCookie = (
  publicUrl: string,
  sessionId: string,
  binding: string,
): Cookie => ({
  ...attributesOf(publicUrl),
  name: nameOf(publicUrl, 'oauth-confirm', sessionId),
  value: browserSecretsOf(binding).confirmationCookie,
  sameSite: 'Strict',
});

export function cookiesOf(request: HttpRequest, publicUrl: string): BrowserCookies {
  const pairs = (request.headers.get('cookie') ?? '').split(';');
  const values = new Map(
    pairs.map((pair) => {
      const [name = '', ...value] = pair.split('=');
      return [name.trim(), value.join('=').trim()];
    }),
  );
  return {
    binding: (sessionId) => values.get(nameOf(publicUrl, 'oauth', sessionId)),
    confirmation: (sessionId) => values.get(nameOf(publicUrl, 'oauth-confirm', sessionId)),
  };
}

const attributesOf = (publicUrl: string) => ({
  path: '/',
  httpOnly: true,
  secure: hasTls(publicUrl),
  maxAge: sessionLifetimeSeconds,
});

const nameOf = (publicUrl: string, purpose: string, sessionId: string) =>
  `${hasTls(publicUrl) ? '__Host-' : ''}${purpose}-${sessionId}`;

const hasTls = (publicUrl: string) => publicUrl.startsWith('https:');
