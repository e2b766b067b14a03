/** The five grants of the token endpoint. */
import type { EmulatorRequest } from '../../emulator/server';
import { checkAccount, checkPassword, checkSecondFactor } from '../directory/account';
import { checkVerifier } from './authorization-codes';
import { userIn, type Authority } from '../directory/authority';
import { authenticateClient, checkConsent } from '../directory/client';
import type { Directory } from '../directory/directory';
import { EntraError } from '../entra-error';
import { checkRefreshToken } from './refresh-tokens';
import type { Grant } from '../directory/registry';
import { singleResource, permissionsOf, readScopes, type Scopes } from './scopes';
import type { App } from '../directory/state';
import { appOnlyClaims, tokenLifetimeSeconds, signAccessToken } from './token-claims';
import { tokensFor, type TokenResponse } from './token-response';

export interface TokenRequest {
  readonly received: EmulatorRequest;
  readonly form: URLSearchParams;
  readonly authority: Authority;
  readonly app: App;
}

type Handle = (request: TokenRequest, directory: Directory) => Promise<TokenResponse>;

export const grants: Readonly<Record<Grant, Handle>> = {
  authorization_code: redeemCode,
  client_credentials: useClientCredentials,
  password: signInWithPassword,
  refresh_token: useRefreshToken,
  device_code: redeemDeviceCode,
};

async function redeemCode(request: TokenRequest, directory: Directory): Promise<TokenResponse> {
  const { form, app, authority } = request;
  const code = directory.codes.find(required(form, 'code'), app);
  checkOrigin(request, code.platform);
  authenticate(request, directory, code.platform !== 'web');
  if (code.platform === 'native' && form.has('client_secret')) throw new EntraError(700025);
  const redirect = form.get('redirect_uri') ?? '';
  if (redirect !== code.redirectUri) throw new EntraError(500112, { redirect });
  if (authority.tenant && authority.tenant.tenantId !== code.user.tenantId)
    throw new EntraError(700005);
  checkVerifier(code.challenge, form.get('code_verifier'));
  const scopes = readScopes(form.get('scope') ?? code.scopes.text);
  const resource = singleResource(scopes);
  checkAccount(code.user, app);
  checkConsent(app, code.user, permissionsOf(scopes));

  // Everything is checked without an await, so only one of several concurrent requests redeems the
  // code.
  code.redeem();
  const offline = scopes.offline || code.scopes.offline;
  const openId = scopes.openId || code.scopes.openId;
  return tokensFor(directory, {
    ...code,
    scopes: { ...scopes, offline, openId },
    resource,
    origin: 'authorization_code',
    clientInfo: form.has('client_info'),
  });
}

async function useClientCredentials(
  request: TokenRequest,
  directory: Directory,
): Promise<TokenResponse> {
  const { form, app, authority } = request;
  if (!authority.tenant) throw new EntraError(50059);
  const { tenantId } = authority.tenant;
  // An app exists in another tenant after a consent there.
  if (app.tenantId !== tenantId && !app.consents.some((consent) => consent.tenantId === tenantId))
    throw new EntraError(700016, { app: app.clientId, tenant: authority.name });
  authenticate(request, directory, false);
  const scope = required(form, 'scope');
  const scopes = readScopes(scope);
  if (scopes.requested.length === 0 || scopes.requested.some(({ name }) => name !== '.default'))
    throw new EntraError(1002012, { scope });
  const resource = singleResource(scopes);
  const claims = { ...appOnlyClaims(app, tenantId, resource), tid: tenantId };
  return {
    token_type: 'Bearer',
    expires_in: tokenLifetimeSeconds,
    ext_expires_in: tokenLifetimeSeconds,
    access_token: await signAccessToken(directory, resource, claims),
  };
}

async function signInWithPassword(
  request: TokenRequest,
  directory: Directory,
): Promise<TokenResponse> {
  const { form, app, authority } = request;
  if (authority.name === 'common') throw new EntraError(9001023);
  authenticate(request, directory, app.publicClient);
  const username = required(form, 'username');
  const user = directory.registry.findUser(username);
  if (!user || (authority.tenant && authority.tenant.tenantId !== user.tenantId))
    throw new EntraError(50034, { user: username, tenant: authority.name });
  checkPassword(user, required(form, 'password'));
  checkAccount(user, app);
  checkSecondFactor(user, false);
  const scopes = readScopes(required(form, 'scope'));
  const resource = singleResource(scopes);
  checkConsent(app, user, permissionsOf(scopes));
  return tokensFor(directory, {
    app,
    user,
    scopes,
    resource,
    platform: form.has('client_secret') ? 'web' : 'native',
    origin: 'password',
    mfa: false,
    authenticatedAt: directory.clock.now(),
    clientInfo: form.has('client_info'),
  });
}

async function useRefreshToken(
  request: TokenRequest,
  directory: Directory,
): Promise<TokenResponse> {
  const { form, app, authority } = request;
  const token = directory.registry.findRefreshToken(required(form, 'refresh_token'));
  if (!token || token.clientId !== app.clientId) throw new EntraError(70000);
  checkOrigin(request, token.platform);
  authenticate(request, directory, app.publicClient || token.platform !== 'web');
  const found = directory.registry.findUser(token.objectId);
  if (!found) throw new EntraError(50034, { user: token.objectId, tenant: authority.name });
  const user = userIn(authority, found, app);
  checkRefreshToken(token, user, directory.clock.now());
  checkAccount(user, app);
  checkSecondFactor(user, token.mfa);
  const scopes: Scopes = readScopes(form.get('scope') ?? token.scope);
  const resource = singleResource(scopes);
  checkConsent(app, user, permissionsOf(scopes));
  return tokensFor(directory, {
    app,
    user,
    scopes: { ...scopes, offline: true },
    resource,
    platform: token.platform,
    origin: token.origin,
    mfa: token.mfa,
    authenticatedAt: new Date(token.authenticatedAt),
    // The old refresh token stays valid, as RFC 6749 section 6 permits and Entra does.
    ...(token.platform === 'spa' && { refreshTokenIssuedAt: token.issuedAt }),
    clientInfo: form.has('client_info'),
  });
}

async function redeemDeviceCode(
  request: TokenRequest,
  directory: Directory,
): Promise<TokenResponse> {
  const { form, app } = request;
  authenticate(request, directory, app.publicClient);
  const { code, approval } = directory.deviceCodes.redeem(required(form, 'device_code'), app);
  return tokensFor(directory, {
    ...approval,
    app,
    scopes: code.scopes,
    resource: singleResource(code.scopes),
    platform: form.has('client_secret') ? 'web' : 'native',
    origin: 'device_code',
    clientInfo: form.has('client_info'),
  });
}

const authenticate = (
  { app, received, form }: TokenRequest,
  { clock }: Directory,
  isPublic: boolean,
) => authenticateClient(app, received, form, clock.now(), isPublic);

/** Single-page apps must send cross-origin requests, other clients must not. */
function checkOrigin({ received }: TokenRequest, platform: string): void {
  const crossOrigin = received.headers.origin !== undefined;
  if (platform === 'spa' && !crossOrigin) throw new EntraError(9002327);
  if (platform !== 'spa' && crossOrigin) throw new EntraError(9002326);
}

export function required(form: URLSearchParams, parameter: string): string {
  const value = form.get(parameter);
  if (!value) throw new EntraError(900144, { parameter });
  return value;
}
