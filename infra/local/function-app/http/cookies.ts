/** One Set-Cookie header per cookie (RFC 6265 §4.1.1), from what the library hands over. */
import type { Cookie } from '../worker/worker-protocol';

const sameSite = { lax: 'Lax', strict: 'Strict', explicitNone: 'None' } as const;

export function setCookie(cookie: Cookie): string {
  const { path, domain, expires, maxAge, secure, httpOnly } = cookie;
  const wanted = cookie.sameSite ?? 'none';
  return [
    `${encodeURIComponent(cookie.name)}=${encodeURIComponent(cookie.value)}`,
    expires && `Expires=${new Date(expires.value.seconds * 1_000).toUTCString()}`,
    maxAge && `Max-Age=${Math.trunc(maxAge.value)}`,
    domain && `Domain=${attribute(domain.value)}`,
    path && `Path=${attribute(path.value)}`,
    secure?.value && 'Secure',
    httpOnly?.value && 'HttpOnly',
    wanted !== 'none' && `SameSite=${sameSite[wanted]}`,
  ]
    .filter(Boolean)
    .join('; ');
}

/** Nothing that would end the attribute may be part of it. */
const attribute = (value: string) => value.replace(/[;\r\n\0]/g, '');
