/**
 * The two addresses that a browser visits: the start of a sign-in and the callback of Entra. Both
 * always respond with a page or a redirect. A page shows only our own texts, nothing that the
 * browser sent.
 */
import type { Cookie, HttpRequest, HttpResponseInit, InvocationContext } from '@azure/functions';
import { currentOutcome } from '../credentials/connection-attempt';
import { AppError } from '../errors/app-error';
import { endpoint } from '../http/endpoint';
import { page, pageHeaders } from '../http/html-page';
import { readText } from '../http/read-request';
import type { HttpServices } from '../http/services';
import { sessionLifetimeSeconds, type Authorization } from './authorization';
import type { OAuthServices } from './services';

type CallbackServices = OAuthServices & Pick<HttpServices, 'publicUrl' | 'now'>;

const maxFormBytes = 65_536;
const closingText = 'You can close this window.';

const startOAuth = endpoint({
  method: 'GET',
  route: 'oauth/start',
  withoutHead: true,
  summary: 'Redirect the browser to the Microsoft sign-in',
  allow: 'anonymous',
  responses: { 302: undefined, 400: 'page', 500: 'page', 503: 'page' },

  handle: ({ request, context }, { oauth, publicUrl }: CallbackServices) =>
    orErrorPage(context, async () => {
      const started = await oauth.start(request.query.get('ticket') ?? '');
      return {
        status: 302,
        headers: { Location: started.location },
        cookies: [cookie(publicUrl, started.sessionId, started.cookie)],
      };
    }),
});

const callbackResponses = {
  200: 'page',
  303: undefined,
  400: 'page',
  500: 'page',
  503: 'page',
} as const;

const oauthCallback = endpoint({
  method: 'GET',
  route: 'oauth/callback',
  withoutHead: true,
  summary: 'Complete an OAuth sign-in',
  allow: 'anonymous',
  responses: callbackResponses,
  handle: ({ request, context }, services: CallbackServices) =>
    orErrorPage(context, () =>
      completeSignIn(request, new URLSearchParams([...request.query]), services),
    ),
});

const oauthCallbackFormPost = endpoint({
  method: 'POST',
  route: 'oauth/callback',
  summary: 'Complete an OAuth sign-in from a form',
  allow: 'anonymous',
  responses: callbackResponses,
  handle: ({ request, context }, services: CallbackServices) =>
    orErrorPage(context, async () => {
      const form = await readText(request, maxFormBytes);
      return completeSignIn(request, new URLSearchParams(form), services);
    }),
});

async function completeSignIn(
  request: HttpRequest,
  parameters: URLSearchParams,
  { oauth, publicUrl, returnUrls, now }: CallbackServices,
): Promise<HttpResponseInit> {
  const get = (name: string) => parameters.get(name) ?? undefined;
  if (parameters.has('admin_consent')) return consentPage(parameters);
  const cookies = cookiesOf(request);
  const authorization = await oauth.complete(
    {
      state: get('state'),
      code: get('code'),
      error: get('error'),
      errorDescription: get('error_description'),
      iss: get('iss'),
    },
    (sessionId) => cookies.get(cookieName(publicUrl, sessionId)),
  );
  return outcomePage(authorization, returnUrls, now());
}

/** The parameters prove nothing, because any browser can send them. The page changes no state. */
function consentPage(parameters: URLSearchParams): HttpResponseInit {
  const granted =
    parameters.get('admin_consent')?.toLowerCase() === 'true' && !parameters.has('error');
  const paragraph = granted
    ? 'Microsoft reported the approval. Connect the connector now.'
    : 'Microsoft reported no approval.';
  return {
    status: 200,
    headers: pageHeaders,
    body: page({
      title: granted ? 'Approved' : 'Not approved',
      paragraphs: [paragraph, closingText],
    }),
  };
}

/** A page, or a redirect to the return address with the outcome. */
function outcomePage(
  authorization: Authorization,
  returnUrls: OAuthServices['returnUrls'],
  now: Date,
): HttpResponseInit {
  const { code, message } = currentOutcome(authorization, now);
  const { returnTo, id } = authorization;
  const address = returnTo === undefined ? undefined : returnUrls[returnTo];
  if (address === undefined)
    return {
      status: 200,
      headers: pageHeaders,
      body: page({
        title: code === 'ok' ? 'Connected' : 'Not connected',
        paragraphs: [message, closingText],
      }),
    };
  const back = new URL(address);
  back.searchParams.set('session', id);
  back.searchParams.set('outcome', code);
  return { status: 303, headers: { Location: back.href } };
}

/** With TLS the cookie is secure and bound to our host. A form from Entra needs SameSite=None. */
function cookie(publicUrl: string, sessionId: string, value: string): Cookie {
  const secure = hasTls(publicUrl);
  return {
    name: cookieName(publicUrl, sessionId),
    value,
    path: '/',
    httpOnly: true,
    secure,
    sameSite: secure ? 'None' : 'Lax',
    maxAge: sessionLifetimeSeconds,
  };
}

const cookieName = (publicUrl: string, sessionId: string) =>
  `${hasTls(publicUrl) ? '__Host-' : ''}oauth-${sessionId}`;

const hasTls = (publicUrl: string) => publicUrl.startsWith('https:');

function cookiesOf(request: HttpRequest): ReadonlyMap<string, string> {
  const pairs = (request.headers.get('cookie') ?? '').split(';');
  return new Map(
    pairs.map((pair) => {
      const [name = '', ...value] = pair.split('=');
      return [name.trim(), value.join('=').trim()];
    }),
  );
}

async function orErrorPage(
  context: InvocationContext,
  respond: () => Promise<HttpResponseInit>,
): Promise<HttpResponseInit> {
  try {
    return await respond();
  } catch (error) {
    if (error instanceof AppError) context.info(JSON.stringify({ code: error.code }));
    else context.error(error);
    return errorPage(error);
  }
}

function errorPage(error: unknown): HttpResponseInit {
  const known = error instanceof AppError ? error : undefined;
  const status = !known ? 500 : known.retryable ? 503 : 400;
  const text = known?.message ?? 'The sign-in failed on our side. Start again.';
  return {
    status,
    headers: pageHeaders,
    body: page({ title: 'Not connected', paragraphs: [text, closingText] }),
  };
}

export const oauthEndpoints = { startOAuth, oauthCallback, oauthCallbackFormPost };
