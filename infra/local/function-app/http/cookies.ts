/** Formats a cookie of the Functions library as a Set-Cookie header (RFC 6265 section 4.1.1). */
import type { Cookie } from '../worker/worker-protocol';

const sameSite = { lax: 'Lax', strict: 'Strict', explicitNone: 'None' } as const;

export function setCookie(cookie: Cookie): string {
  const { path, domain, expires, maxAge, secure, httpOnly } = cookie;
  const sameSiteOption = cookie.sameSite ?? 'none';
  return [
    `${encodeURIComponent(cookie.name)}=${encodeURIComponent(cookie.value)}`,
    expires && `Expires=${new Date(expires.value.seconds * 1_000).toUTCString()}`,
    maxAge && `Max-Age=${Math.trunc(maxAge.value)}`,
    domain && `Domain=${attribute(domain.value)}`,
    path && `Path=${attribute(path.value)}`,
    secure?.value && 'Secure',
    httpOnly?.value && 'HttpOnly',
    sameSiteOption !== 'none' && `SameSite=${sameSite[sameSiteOption]}`,
  ]
    .filter(Boolean)
    .join('; ');
}

/** Removes characters that would end the attribute. */
const attribute = (value: string) => value.replace(/[;\r\n\0]/g, '');
