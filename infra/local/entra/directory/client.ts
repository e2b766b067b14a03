/** Checks of an OAuth client: authentication, redirect URI and consent. */
import type { EmulatorRequest } from '../../emulator/server';
import { EntraError } from '../entra-error';
import { hashOf } from './passwords';
import type { App, Platform, User } from './state';

/** Verifies the client secret. Only public clients may omit it. */
export function authenticateClient(
  app: App,
  request: Pick<EmulatorRequest, 'headers'>,
  form: URLSearchParams,
  now: Date,
  isPublic: boolean,
): void {
  const secret = form.get('client_secret') ?? basicSecret(request.headers.authorization);
  if (!secret) {
    if (isPublic) return;
    throw new EntraError(7000218, { app: app.clientId });
  }
  if (app.secrets.length === 0 && app.publicClient)
    throw new EntraError(700025, { app: app.clientId });
  const known = app.secrets.find(({ value }) => hashOf(value) === hashOf(secret));
  if (!known) throw new EntraError(7000215, { app: app.clientId });
  if (Date.parse(known.endDateTime) <= now.getTime())
    throw new EntraError(7000222, { app: app.clientId });
}

/** RFC 6749 section 2.3.1: id and secret are form-encoded. */
function basicSecret(authorization: string | undefined): string | undefined {
  const [, encoded] = /^Basic (\S+)$/i.exec(authorization ?? '') ?? [];
  if (!encoded) return undefined;
  const [, secret = ''] = Buffer.from(encoded, 'base64').toString('utf8').split(/:(.*)/s);
  return new URLSearchParams(`secret=${secret}`).get('secret') ?? undefined;
}

/**
 * Returns the platform of a redirect URI, which must match exactly except for the port of loopback.
 */
export function platformOf(app: App, uri: string, extraRedirectUris: readonly string[]): Platform {
  const registered = app.redirectUris.find((known) => known.uri === uri);
  if (registered) return registered.platform;
  if (extraRedirectUris.includes(uri) || isLoopback(uri, app.loopbackPaths)) return 'web';
  if (isSpaRedirect(app, uri)) return 'spa';
  throw new EntraError(50011, { redirect: uri, app: app.clientId });
}

/** Whether the URI belongs to the single-page app. */
export const isSpaRedirect = (app: App, uri: string): boolean =>
  app.redirectUris.some((known) => known.uri === uri && known.platform === 'spa') ||
  isLoopback(uri, app.spaLoopbackPaths ?? []);

function isLoopback(uri: string, paths: readonly string[]): boolean {
  const [, path] = /^http:\/\/(?:localhost|127\.0\.0\.1)(?::\d{1,5})?(\/[^?#]*)$/.exec(uri) ?? [];
  return path !== undefined && paths.includes(path);
}

export function isConsented(app: App, user: User, permissions: readonly string[]): boolean {
  const consented = app.consents
    .filter(
      ({ tenantId, objectId }) =>
        tenantId === user.tenantId && (!objectId || objectId === user.objectId),
    )
    .flatMap(({ scopes }) => scopes);
  return permissions.every((permission) => consented.includes(permission));
}

/** Throws unless the user has consented. Only the sign-in pages can ask for consent. */
export function checkConsent(app: App, user: User, permissions: readonly string[]): void {
  if (!isConsented(app, user, permissions)) throw new EntraError(65001, { app: app.clientId });
}
