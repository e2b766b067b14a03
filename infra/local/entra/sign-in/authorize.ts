/** GET or POST /{tenant}/oauth2/v2.0/authorize: checks what an app asks for, and sends its answer back to it. */
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
  // Until both are known to belong together, nothing may be sent anywhere.
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
      finish: (proved) =>
        reply({
          code: directory.codes.issue({
            ...proved,
            app,
            scopes,
            redirectUri,
            platform,
            challenge,
            nonce: query.get('nonce') ?? undefined,
          }),
          ...(query.has('client_info') && { client_info: clientInfoOf(proved.user) }),
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
  const asked = { scopes: readScopes(scope), challenge: readChallenge(query) };
  // No session is kept between sign-ins, so there never is one to go on with silently.
  if (query.get('prompt') === 'none') throw new EntraError(50058);
  return asked;
}

export type Reply = (fields: Readonly<Record<string, string>>) => EmulatorResponse;

/** Sends fields, and the state that came with the request, back to the app in the way it asked for. */
export function createReply(query: URLSearchParams, redirectUri: string): Reply {
  const state = query.get('state');
  return (given) => {
    const fields = { ...given, ...(state !== null && { state }) };
    const mode = query.get('response_mode');
    if (mode === 'form_post') return formPostPage(redirectUri, fields);
    const to = new URL(redirectUri);
    const parameters = new URLSearchParams(fields);
    if (mode === 'fragment') to.hash = parameters.toString();
    else for (const [name, value] of parameters) to.searchParams.append(name, value);
    return { status: 302, headers: { ...noStore, location: to.href } };
  };
}

/** The app is told what its person decided; the number says more. */
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
