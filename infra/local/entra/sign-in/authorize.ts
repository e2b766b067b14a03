/**
 * GET or POST /{tenant}/oauth2/v2.0/authorize: validates the request, signs the user in and
 * redirects to the app.
 */
import { randomUUID } from 'node:crypto';
import type { EmulatorResponse, EmulatorRequest } from '../../emulator/server';
import { readChallenge } from '../tokens/authorization-codes';
import { appIn, readAuthority } from '../directory/authority';
import { platformOf } from '../directory/client';
import type { Directory } from '../directory/directory';
import { EntraError, noStore, toErrorResponse } from '../entra-error';
import { formPostPage } from './pages';
import { readScopes } from '../tokens/scopes';
import type { SignIns } from './sign-in';
import { clientInfoOf } from '../tokens/token-response';

const responseModes = ['query', 'form_post', 'fragment'];

export function authorize(
  directory: Directory,
  signIns: SignIns,
  tenantName: string,
  received: EmulatorRequest,
  extraRedirectUris: readonly string[],
): EmulatorResponse {
  const query = received.method === 'POST' ? received.form() : received.query;
  // Redirect nowhere before the redirect URI is known to belong to the app.
  const authority = readAuthority(directory.registry, tenantName);
  const app = appIn(directory.registry, authority, query.get('client_id'));
  const redirectUri = query.get('redirect_uri');
  if (!redirectUri) throw new EntraError(900971, { app: app.clientId });
  const platform = platformOf(app, redirectUri, extraRedirectUris);

  const reply = createReply(query, redirectUri);
  const refuse = (error: EntraError) => reply(authorizationError(error, directory, received));
  try {
    directory.registry.throwInjectedFailure('authorize', { app: app.clientId, tenant: tenantName });
    const { scopes, challenge } = readRequest(query);
    const prompt = query.get('prompt');
    return signIns.begin({
      app,
      authority,
      scopes,
      loginHint: query.get('login_hint') ?? undefined,
      selectAccount: prompt === 'select_account',
      confirm: prompt === 'consent' ? 'consent' : 'when-needed',
      finish: (authentication) =>
        reply({
          code: directory.codes.issue({
            ...authentication,
            app,
            scopes,
            redirectUri,
            platform,
            challenge,
            nonce: query.get('nonce') ?? undefined,
          }),
          ...(query.has('client_info') && { client_info: clientInfoOf(authentication.user) }),
          session_state: randomUUID(),
        }),
      refuse,
    });
  } catch (error) {
    if (error instanceof EntraError) return refuse(error);
    throw error;
  }
}

function readRequest(query: URLSearchParams) {
  if (query.get('response_type') !== 'code') throw new EntraError(70005);
  const mode = query.get('response_mode') ?? 'query';
  if (!responseModes.includes(mode)) throw new EntraError(70007, { mode });
  const scope = query.get('scope');
  if (!scope) throw new EntraError(900144, { parameter: 'scope' });
  const request = { scopes: readScopes(scope), challenge: readChallenge(query) };
  // The emulator keeps no sessions, so a silent sign-in always fails.
  if (query.get('prompt') === 'none') throw new EntraError(50058);
  return request;
}

export type Reply = (fields: Readonly<Record<string, string>>) => EmulatorResponse;

/** Sends fields and the `state` of the request to the app, in the requested response mode. */
export function createReply(query: URLSearchParams, redirectUri: string): Reply {
  const state = query.get('state');
  return (result) => {
    const fields = { ...result, ...(state !== null && { state }) };
    const mode = query.get('response_mode');
    if (mode === 'form_post') return formPostPage(redirectUri, fields);
    const to = new URL(redirectUri);
    const parameters = new URLSearchParams(fields);
    if (mode === 'fragment') to.hash = parameters.toString();
    else for (const [name, value] of parameters) to.searchParams.append(name, value);
    return { status: 302, headers: { ...noStore, location: to.href } };
  };
}

/**
 * Error parameters for the app. A declined consent is `access_denied` (RFC 6749 section 4.1.2.1).
 */
export function authorizationError(
  error: EntraError,
  { clock }: Directory,
  received: EmulatorRequest,
) {
  const { body } = toErrorResponse(error, received, clock.now());
  const declined = error.code === 90094 || error.code === 65004;
  return {
    error: declined ? 'access_denied' : body.error,
    ...(error.code === 65004 && { error_subcode: 'cancel' }),
    error_description: body.error_description,
    error_uri: body.error_uri,
  };
}
