/**
 * Maps an Entra access token to a Caller. Verifies the signature first, then the claims
 * (Microsoft's "access token claims reference", RFC 9068 section 4).
 */
import { hash } from 'node:crypto';
import type { HttpRequest } from '@azure/functions';
import { errors, jwtVerify, type JWTPayload } from 'jose';
import { z } from 'zod';
import { ExpiringCache } from '../concurrency/expiring-cache';
import { ForbiddenError, UnauthenticatedError } from '../errors/app-error';
import { roles, type Caller, type Role } from './caller';
import { signingKeys } from './signing-keys';

export interface AuthenticationOptions {
  readonly entraUrl: string;
  /** Client id of the app registration of the API: the audience of version 2 tokens. */
  readonly clientId: string;
  /** Ids of tenants that may call, in lower case, or `*`. */
  readonly tenants: readonly string[];
  /** Throws for a person whose access has ended although the token has not. */
  readonly assertPresent: (caller: Caller) => Promise<void>;
  readonly now: () => Date;
}

const claims = z.object({
  iss: z.string(),
  ver: z.literal('2.0'),
  tid: z.guid(),
  oid: z.guid(),
  name: z.string().optional(),
  idtyp: z.string().optional(),
  scp: z.string().optional(),
  roles: z.array(z.string()).default([]),
});

/**
 * A token that was verified is trusted for this long, because callers send the same token with each
 * request. A signing key that Entra removes ends its tokens this much later.
 */
const trustMs = 60_000;
const maxTrusted = 5_000;
const clockToleranceSeconds = 60;

interface Trusted {
  readonly caller: Caller;
  /** In ms since the epoch. */
  readonly from: number;
}

/** Verifies bearer tokens with the signing keys of Entra. */
export function authenticator(options: AuthenticationOptions) {
  const keys = signingKeys(new URL(`${options.entraUrl}/common/discovery/v2.0/keys`), options.now);
  /** By the hash of the token. */
  const trusted = new ExpiringCache<Trusted>(maxTrusted, options.now);

  return async (request: HttpRequest): Promise<Caller> => {
    const [, token] =
      /^Bearer ([\w.~+/=-]+)$/i.exec(request.headers.get('authorization') ?? '') ?? [];
    if (!token)
      throw new UnauthenticatedError(
        'token_missing',
        'The access token is missing. Send an Entra access token as Bearer.',
      );
    const caller = await callerOf(token);
    await options.assertPresent(caller);
    return caller;
  };

  async function callerOf(token: string): Promise<Caller> {
    const id = hash('sha256', token, 'base64url');
    const at = options.now().getTime();
    const known = trusted.get(id);
    // If the clock was set back, the expiry of the entry is too late.
    if (known && at >= known.from) return known.caller;
    const payload = await verify(token);
    const parsed = claims.safeParse(payload);
    if (!parsed.success || parsed.data.iss !== `${options.entraUrl}/${parsed.data.tid}/v2.0`)
      throw new UnauthenticatedError(
        'token_wrong_issuer',
        'The access token was not issued by the tenant that it names. Get a version 2 token of that tenant.',
      );
    const caller = toCaller(parsed.data);
    const endsAt = (payload.exp! + clockToleranceSeconds) * 1_000;
    trusted.set(id, { caller, from: at }, new Date(Math.min(at + trustMs, endsAt)));
    return caller;
  }

  async function verify(token: string): Promise<JWTPayload> {
    try {
      const { payload } = await jwtVerify(token, keys, {
        algorithms: ['RS256'],
        audience: options.clientId,
        clockTolerance: clockToleranceSeconds,
        currentDate: options.now(),
        requiredClaims: ['exp', 'iss', 'aud', 'tid', 'oid'],
      });
      return payload;
    } catch (error) {
      if (error instanceof errors.JWTExpired)
        throw new UnauthenticatedError(
          'token_expired',
          'The access token has expired. Get a new one.',
        );
      if (!(error instanceof errors.JOSEError)) throw error;
      throw new UnauthenticatedError(
        'token_invalid',
        'The access token is not valid. Get a token for this API.',
        { cause: error },
      );
    }
  }

  function toCaller(token: z.infer<typeof claims>): Caller {
    if (!options.tenants.includes('*') && !options.tenants.includes(token.tid.toLowerCase()))
      throw new ForbiddenError(
        'tenant_not_allowed',
        'The tenant may not use this API. Ask the operator to add the tenant.',
      );
    // A delegated token needs the scope that the person granted to the frontend. An app-only token
    // has roles only.
    const delegated = token.scp?.split(' ').includes('access_as_user');
    if (token.scp === undefined && token.idtyp === undefined)
      throw new ForbiddenError(
        'token_type_missing',
        'The token has neither a scope nor the claim idtyp. An app needs the optional claim idtyp in its access tokens. A person needs the scope access_as_user.',
      );
    if (!delegated && token.idtyp !== 'app')
      throw new ForbiddenError(
        'scope_missing',
        'The token lacks the scope access_as_user. Request the scope when signing in.',
      );
    return {
      // Partition keys are compared with case, ids of tenants are not.
      tenantId: token.tid.toLowerCase(),
      objectId: token.oid,
      displayName: token.name ?? token.oid,
      roles: token.roles.flatMap((claim) => roles.filter((role) => claim === claimOf(role))),
    };
  }
}

/** Value of the app role in the app registration. */
const claimOf = (role: Role) => `Connector.${role}`;
