/** Claims of tokens, as in Microsoft's claims references, and verification of bearer tokens. */
import { createHash } from 'node:crypto';
import { errors, type JWTPayload } from 'jose';
import { z } from 'zod';
import { sample } from '../../seed/sample';
import type { VerifyToken } from '../../emulator/tokens';
import { secondsOf, type Directory } from '../directory/directory';
import { randomToken } from '../directory/passwords';
import { graph, type Resource } from '../directory/resources';
import type { ApiRole, App, User } from '../directory/state';

export const tokenLifetimeSeconds = 3_600;

/** Object id of the app's service principal in a tenant. */
export const principalOf = (app: App, tenantId: string) =>
  app.tenantId === tenantId ? app.objectId : derivedGuid(app.clientId + tenantId);

export function appOnlyClaims(app: App, tenantId: string, resource: Resource): JWTPayload {
  const oid = principalOf(app, tenantId);
  const roles = resource === graph ? app.graphRoles : [];
  return { tid: tenantId, oid, sub: oid, idtyp: 'app', roles, ...clientClaims(app, resource, '1') };
}

export function delegatedClaims(
  app: App,
  user: User,
  resource: Resource,
  names: readonly string[],
  mfa: boolean,
): JWTPayload {
  return {
    tid: user.tenantId,
    oid: user.objectId,
    sub: pairwise(user, resource.audience),
    name: user.displayName,
    scp: names.join(' '),
    amr: mfa ? ['pwd', 'mfa'] : ['pwd'],
    ...(resource.version === 1 && { idtyp: 'user', upn: user.username }),
    ...(resource.version === 2 && { preferred_username: user.username }),
    ...(resource.audience === sample.home.apiClientId && {
      roles: user.apiRole ? [roleClaim(user.apiRole)] : [],
    }),
    ...clientClaims(app, resource, app.publicClient ? '0' : '1'),
  };
}

export const idTokenClaims = (app: App, user: User, nonce: string | undefined): JWTPayload => ({
  ver: '2.0',
  aud: app.clientId,
  tid: user.tenantId,
  oid: user.objectId,
  sub: pairwise(user, app.clientId),
  name: user.displayName,
  preferred_username: user.username,
  ...(nonce !== undefined && { nonce }),
});

export const roleClaim = (role: ApiRole) => `Connector.${role}`;

/** The claims about the client differ between token versions. */
const clientClaims = ({ clientId }: App, { version }: Resource, proof: '0' | '1'): JWTPayload =>
  version === 1 ? { appid: clientId, appidacr: proof } : { azp: clientId, azpacr: proof };

/**
 * Signs an access token. Version 1 tokens have the issuer that Azure services and Azurite expect.
 */
export function signAccessToken(
  { signing, clock, urls }: Directory,
  { audience, version }: Pick<Resource, 'audience' | 'version'>,
  claims: JWTPayload & { readonly tid: string },
  seconds = tokenLifetimeSeconds,
): Promise<string> {
  const iss =
    version === 1 ? `https://sts.windows.net/${claims.tid}/` : `${urls.url}/${claims.tid}/v2.0`;
  return signing.sign({
    aud: audience,
    iss,
    ...times(clock.now(), seconds),
    ver: `${version}.0`,
    ...claims,
  });
}

export const signIdToken = ({ signing, clock, urls }: Directory, claims: JWTPayload) =>
  signing.sign({
    iss: `${urls.url}/${String(claims['tid'])}/v2.0`,
    ...times(clock.now(), tokenLifetimeSeconds),
    ...claims,
  });

/** `uti` makes tokens of the same second different. */
function times(now: Date, seconds: number): JWTPayload {
  const at = secondsOf(now);
  return { iat: at, nbf: at, exp: at + seconds, uti: randomToken(16) };
}

const bearerClaims = z.object({
  tid: z.string(),
  oid: z.string(),
  aud: z.string(),
  appid: z.string().optional(),
  azp: z.string().optional(),
  scp: z.string().optional(),
  idtyp: z.string().optional(),
  roles: z.array(z.string()).optional(),
});

export const tokenVerifier =
  ({ signing, clock }: Directory): VerifyToken =>
  async (authorization, audiences) => {
    const [, token] = /^Bearer (\S+)$/i.exec(authorization ?? '') ?? [];
    if (!token) return undefined;
    try {
      const payload = await signing.verify(token, clock.now());
      const { azp, appid = azp, ...claims } = bearerClaims.parse(payload);
      if (!audiences.some((audience) => trimmed(audience) === trimmed(claims.aud)))
        return undefined;
      return defined({ ...claims, appid });
    } catch (error) {
      // The token is not valid. Any other error is a bug.
      if (error instanceof errors.JOSEError || error instanceof z.ZodError) return undefined;
      throw error;
    }
  };

const trimmed = (audience: string) => audience.replace(/\/+$/, '');

type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> };
const defined = <T extends object>(claims: T) =>
  Object.fromEntries(
    Object.entries(claims).filter(([, value]) => value !== undefined),
  ) as Defined<T>;

/** Pairwise subject: different for each app, so that apps cannot correlate users. */
const pairwise = ({ objectId }: User, app: string) =>
  createHash('sha256').update(`${objectId}/${app}`).digest('base64url');

function derivedGuid(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return hex.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, '$1-$2-4$3-8$4-$5');
}
