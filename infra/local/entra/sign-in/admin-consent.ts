/** GET /{tenant}/v2.0/adminconsent: an administrator consents to an app for the whole tenant. */
import type { EmulatorResponse, EmulatorRequest } from '../../emulator/server';
import { authorizationError, createReply } from './authorize';
import { appIn, readAuthority } from '../directory/authority';
import { platformOf } from '../directory/client';
import type { Directory } from '../directory/directory';
import { EntraError } from '../entra-error';
import { readScopes } from '../tokens/scopes';
import type { SignIns } from './sign-in';

/** Scope of the older path /adminconsent, which has no scope parameter. */
const defaultScope = 'https://management.azure.com/.default';

export function consentAsAdministrator(
  directory: Directory,
  signIns: SignIns,
  tenantName: string,
  received: EmulatorRequest,
  extraRedirectUris: readonly string[],
): EmulatorResponse {
  const { query } = received;
  const authority = readAuthority(directory.registry, tenantName);
  const app = appIn(directory.registry, authority, query.get('client_id'));
  const redirectUri = query.get('redirect_uri');
  if (!redirectUri) throw new EntraError(900971, { app: app.clientId });
  platformOf(app, redirectUri, extraRedirectUris);
  const reply = createReply(new URLSearchParams({ state: query.get('state') ?? '' }), redirectUri);
  const scopes = readScopes(query.get('scope') ?? defaultScope);
  return signIns.begin({
    app,
    authority,
    scopes,
    confirm: 'organization',
    finish: ({ user }) =>
      reply({ admin_consent: 'True', tenant: user.tenantId, scope: scopes.text }),
    refuse: (error) =>
      reply({
        ...authorizationError(error, directory, received),
        error: 'consent_required',
        admin_consent: 'True',
      }),
  });
}
