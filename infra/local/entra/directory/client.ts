/** The app as a client: how it proves itself, where it may be sent back to, what it was consented to. */
import type { EmulatorRequest } from '../../emulator/server';
import { EntraError } from '../entra-error';
import { hashOf } from './passwords';
import type { App, Platform, User } from './state';

/** Checks the secret that was presented; without one, only a public client passes. */
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

/** RFC 6749 §2.3.1: both halves are form-encoded before they are joined. */
function basicSecret(authorization: string | undefined): string | undefined {
  const [, encoded] = /^Basic (\S+)$/i.exec(authorization ?? '') ?? [];
  if (!encoded) return undefined;
  const [, secret = ''] = Buffer.from(encoded, 'base64').toString('utf8').split(/:(.*)/s);
  return new URLSearchParams(`secret=${secret}`).get('secret') ?? undefined;
}

/** The platform of a registered redirect URI. It must match to the letter, but for the port of loopback. */
export function platformOf(app: App, uri: string, extraRedirectUris: readonly string[]): Platform {
  const registered = app.redirectUris.find((known) => known.uri === uri);
  if (registered) return registered.platform;
  if (extraRedirectUris.includes(uri) || isLoopback(uri, app.loopbackPaths)) return 'web';
  throw new EntraError(50011, { redirect: uri, app: app.clientId });
}

function isLoopback(uri: string, paths: readonly string[]): boolean {
  const [, path] = /^http:\/\/(?:localhost|127\.0\.0\.1)(?::\d{1,5})?(\/[^?#]*)$/.exec(uri) ?? [];
  return path !== undefined && paths.includes(path);
}

export function isConsented(app: App, user: User, permissions: readonly string[]): boolean {
  const given = app.consents
    .filter(
      ({ tenantId, objectId }) =>
        tenantId === user.tenantId && (!objectId || objectId === user.objectId),
    )
    .flatMap(({ scopes }) => scopes);
  return permissions.every((permission) => given.includes(permission));
}

/** A page in Entra can make somebody consent; a token request cannot. */
export function checkConsent(app: App, user: User, permissions: readonly string[]): void {
  if (!isConsented(app, user, permissions)) throw new EntraError(65001, { app: app.clientId });
}
