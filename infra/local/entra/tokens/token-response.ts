/** Creates the token response for a grant of a user. */
import type { Directory } from '../directory/directory';
import { hashOf, randomToken } from '../directory/passwords';
import type { Resource } from '../directory/resources';
import { namesOf, type Scopes } from './scopes';
import type { App, Platform, RefreshToken, User } from '../directory/state';
import {
  delegatedClaims,
  idTokenClaims,
  tokenLifetimeSeconds,
  signAccessToken,
  signIdToken,
} from './token-claims';

export interface TokenResponse {
  readonly token_type: 'Bearer';
  readonly expires_in: number;
  readonly ext_expires_in: number;
  readonly access_token: string;
  readonly scope?: string;
  readonly refresh_token?: string;
  readonly id_token?: string;
  readonly client_info?: string;
}

export interface TokenGrant {
  readonly app: App;
  readonly user: User;
  readonly scopes: Scopes;
  readonly resource: Resource;
  readonly platform: Platform;
  readonly origin: RefreshToken['origin'];
  readonly mfa: boolean;
  readonly authenticatedAt: Date;
  readonly nonce?: string | undefined;
  /** Set for single-page apps, whose refresh tokens keep their expiry when renewed. */
  readonly refreshTokenIssuedAt?: string;
  readonly clientInfo: boolean;
}

export async function tokensFor(directory: Directory, granted: TokenGrant): Promise<TokenResponse> {
  const { app, user, scopes, resource, mfa, nonce } = granted;
  const names = namesOf(scopes, resource);
  const scope = grantedScope(scopes, resource, names);
  const claims = delegatedClaims(app, user, resource, names, mfa);
  const refreshToken = scopes.offline ? storeRefreshToken(directory, granted, scope) : undefined;
  return {
    token_type: 'Bearer',
    scope,
    expires_in: tokenLifetimeSeconds,
    ext_expires_in: tokenLifetimeSeconds,
    access_token: await signAccessToken(directory, resource, { ...claims, tid: user.tenantId }),
    ...(refreshToken && { refresh_token: refreshToken }),
    ...(scopes.openId && {
      id_token: await signIdToken(directory, idTokenClaims(app, user, nonce)),
    }),
    ...(granted.clientInfo && { client_info: clientInfoOf(user) }),
  };
}

/** MSAL derives the account id from `client_info`. */
export const clientInfoOf = ({ objectId, tenantId }: User) =>
  Buffer.from(JSON.stringify({ uid: objectId, utid: tenantId })).toString('base64url');

/** Full permission names, and `.default` if requested. Clients use the scope as a cache key. */
function grantedScope({ requested, openId }: Scopes, resource: Resource, names: readonly string[]) {
  const all = [
    ...names.map((name) => `${resource.audience}/${name}`),
    ...requested.map(({ text }) => text),
    ...(openId ? ['openid', 'profile'] : []),
  ];
  return [...new Set(all)].join(' ');
}

function storeRefreshToken(
  { registry, clock }: Directory,
  granted: TokenGrant,
  scope: string,
): string {
  const token = `1.${randomToken(64)}`;
  const { app, user, platform, origin, mfa, authenticatedAt } = granted;
  registry.storeRefreshToken({
    hash: hashOf(token),
    clientId: app.clientId,
    tenantId: user.tenantId,
    objectId: user.objectId,
    platform,
    origin,
    scope,
    mfa,
    issuedAt: granted.refreshTokenIssuedAt ?? clock.now().toISOString(),
    authenticatedAt: authenticatedAt.toISOString(),
  });
  return token;
}
