/**
 * Entra access token → Caller. The signature comes first; what the claims must say is in Microsoft's
 * "access token claims reference" and RFC 9068 §4.
 */
import type { HttpRequest } from '@azure/functions';
import { createRemoteJWKSet, errors, jwtVerify, type JWTPayload } from 'jose';
import { z } from 'zod';
import { ForbiddenError, UnauthenticatedError, UpstreamError } from '../errors/app-error';
import { roles, type Caller, type Role } from './caller';

export interface AuthenticationOptions {
  readonly entraUrl: string;
  /** Client id of our API's registration; v2 tokens carry it as audience. */
  readonly clientId: string;
  /** Tenant ids that may call, or `*`. */
  readonly tenants: readonly string[];
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

/** Verifies bearer tokens with the keys Entra publishes, which are fetched once and kept (jose: 10 minutes). */
export function authenticator(options: AuthenticationOptions) {
  const keys = createRemoteJWKSet(new URL(`${options.entraUrl}/common/discovery/v2.0/keys`), {
    timeoutDuration: 5_000,
  });

  return async (request: HttpRequest): Promise<Caller> => {
    const [, token] =
      /^Bearer ([\w.~+/=-]+)$/i.exec(request.headers.get('authorization') ?? '') ?? [];
    if (!token)
      throw new UnauthenticatedError('token_missing', 'Send an Entra access token as Bearer.');
    const payload = await verify(token);
    const read = claims.safeParse(payload);
    if (!read.success || read.data.iss !== `${options.entraUrl}/${read.data.tid}/v2.0`)
      throw new UnauthenticatedError(
        'token_wrong_issuer',
        'The token was not issued for this API by its own tenant.',
      );
    return toCaller(read.data);
  };

  async function verify(token: string): Promise<JWTPayload> {
    try {
      const { payload } = await jwtVerify(token, keys, {
        algorithms: ['RS256'],
        audience: options.clientId,
        clockTolerance: 60,
        currentDate: options.now(),
        requiredClaims: ['exp', 'iss', 'aud', 'tid', 'oid'],
      });
      return payload;
    } catch (error) {
      if (error instanceof errors.JWTExpired)
        throw new UnauthenticatedError('token_expired', 'The access token has expired.');
      if (error instanceof errors.JWKSTimeout || !(error instanceof errors.JOSEError))
        throw new UpstreamError(
          'signing_keys_unavailable',
          'Entra did not give its signing keys.',
          true,
          error,
        );
      throw new UnauthenticatedError('token_invalid', 'The access token is not valid.', {
        cause: error,
      });
    }
  }

  function toCaller(read: z.infer<typeof claims>): Caller {
    if (!options.tenants.includes('*') && !options.tenants.includes(read.tid))
      throw new ForbiddenError('tenant_not_allowed', 'This tenant is not set up to use the API.');
    // A delegated token proves what the person let the frontend do; an app-only token has roles alone.
    const delegated = read.scp?.split(' ').includes('access_as_user');
    if (!delegated && read.idtyp !== 'app')
      throw new ForbiddenError('scope_missing', 'The token lacks the scope access_as_user.');
    return {
      tenantId: read.tid,
      objectId: read.oid,
      displayName: read.name ?? read.oid,
      roles: read.roles.flatMap((claim) => roles.filter((role) => claim === claimOf(role))),
    };
  }
}

/** App roles of our registration are named for what they act on. */
const claimOf = (role: Role) => `Connector.${role}`;
