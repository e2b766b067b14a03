/**
 * Everything secret about a sign-in derives from the random cookie of its browser (HKDF, RFC 5869).
 * The row holds only the hash of the cookie, so neither the row nor this service alone can redeem an
 * authorization code: the PKCE verifier, the nonce and the key of the sealed code are not stored.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { RefusedError } from '../errors/app-error';

export interface BrowserSecrets {
  /** RFC 7636 section 4.1. */
  readonly codeVerifier: string;
  /** OpenID Connect Core section 3.1.2.1. */
  readonly nonce: string;
  /** Value of the cookie that only requests from our own page carry (SameSite=Strict). */
  readonly confirmationCookie: string;
  /** Field of the form on our page, which no other site can read. */
  readonly csrfToken: string;
}

export const browserSecretsOf = (cookie: string): BrowserSecrets => ({
  codeVerifier: derive(cookie, 'code verifier').toString('base64url'),
  nonce: derive(cookie, 'nonce').toString('base64url'),
  confirmationCookie: derive(cookie, 'confirmation cookie').toString('base64url'),
  csrfToken: derive(cookie, 'csrf token').toString('base64url'),
});

const algorithm = 'aes-256-gcm';
const ivBytes = 12;
const tagBytes = 16;

/** Encrypts the authorization code until the person confirms in the browser with the cookie. */
export function sealCode(cookie: string, code: string): string {
  const iv = randomBytes(ivBytes);
  const cipher = createCipheriv(algorithm, derive(cookie, 'sealed code'), iv);
  const sealed = Buffer.concat([cipher.update(code, 'utf8'), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64url');
}

/** Throws RefusedError if the code was sealed with another cookie. */
export function openCode(cookie: string, sealed: string): string {
  const bytes = Buffer.from(sealed, 'base64url');
  const [iv, rest] = [bytes.subarray(0, ivBytes), bytes.subarray(ivBytes)];
  const decipher = createDecipheriv(algorithm, derive(cookie, 'sealed code'), iv, {
    authTagLength: tagBytes,
  });
  decipher.setAuthTag(rest.subarray(0, tagBytes));
  try {
    const opened = [decipher.update(rest.subarray(tagBytes)), decipher.final()];
    return Buffer.concat(opened).toString('utf8');
  } catch (cause) {
    throw new RefusedError(
      'sealed_code_unreadable',
      'The sign-in could not be continued in this browser. Start a new sign-in.',
      { cause },
    );
  }
}

const derive = (cookie: string, purpose: string): Buffer =>
  Buffer.from(hkdfSync('sha256', cookie, '', `adf-connect sign-in: ${purpose}`, 32));
