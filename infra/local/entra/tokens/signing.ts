/** Signs and verifies tokens, and publishes the public key. */
import {
  calculateJwkThumbprint,
  createLocalJWKSet,
  exportJWK,
  generateKeyPair,
  importJWK,
  jwtVerify,
  SignJWT,
  type JSONWebKeySet,
  type JWK,
  type JWTPayload,
} from 'jose';

export interface Signing {
  readonly keys: JSONWebKeySet;
  sign(claims: JWTPayload): Promise<string>;
  /** Verifies signature and times. Rejects with the error of jose. */
  verify(token: string, now: Date): Promise<JWTPayload>;
}

const alg = 'RS256';

export async function newSigningKey(): Promise<JWK> {
  const { privateKey } = await generateKeyPair(alg, { extractable: true });
  const key = await exportJWK(privateKey);
  return { ...key, kid: await calculateJwkThumbprint(key) };
}

export async function openSigning(jwk: JWK): Promise<Signing> {
  const key = await importJWK(jwk, alg);
  const { kty, kid, n, e } = jwk as Required<Pick<JWK, 'kty' | 'kid' | 'n' | 'e'>>;
  const keys: JSONWebKeySet = { keys: [{ kty, use: 'sig', kid, n, e }] };
  const publicKey = createLocalJWKSet(keys);
  return {
    keys,
    sign: (claims) => new SignJWT(claims).setProtectedHeader({ typ: 'JWT', alg, kid }).sign(key),
    async verify(token, now) {
      const { payload } = await jwtVerify(token, publicKey, {
        algorithms: [alg],
        currentDate: now,
        requiredClaims: ['exp', 'aud', 'tid', 'oid'],
      });
      return payload;
    },
  };
}
