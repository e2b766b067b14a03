/** Signs and verifies tokens, and publishes the public key. */
import {
  createLocalJWKSet,
  importJWK,
  jwtVerify,
  SignJWT,
  type JSONWebKeySet,
  type JWK,
  type JWTPayload,
} from 'jose';
import { signingAlgorithm as alg } from '../../emulator/signing-key';

export interface Signing {
  readonly keys: JSONWebKeySet;
  sign(claims: JWTPayload): Promise<string>;
  /** Verifies signature and times. Rejects with the error of jose. */
  verify(token: string, now: Date): Promise<JWTPayload>;
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
