/**
 * The two addresses a browser visits: it leaves from one and comes back to the other. Both always end on a page or a
 * redirect. Whatever is wrong with a visit, the browser is shown a text of ours and nothing it brought.
 */
import type { Cookie, HttpRequest, HttpResponseInit, InvocationContext } from '@azure/functions';
import { currentOutcome } from '../credentials/connection-attempt';
import { AppError } from '../errors/app-error';
import { endpoint } from '../http/endpoint';
import { page, pageHeaders } from '../http/html-page';
import { readText } from '../http/read-request';
import type { Services } from '../services';
import { sessionLifetimeInSeconds, type Authorization } from './authorization';

const longestForm = 65_536;
const farewell = 'You can close this window.';

const startOAuth = endpoint({
  method: 'GET',
  route: 'oauth/start',
  summary: 'Leave for the sign-in of Microsoft, with a ticket',
  allow: 'anonymous',
  responses: { 302: undefined, 400: 'page', 500: 'page', 503: 'page' },

  handle: ({ request, context }, { oauth, publicUrl }) =>
    onAPage(context, async () => {
      const started = await oauth.start(request.query.get('ticket') ?? '');
      return {
        status: 302,
        headers: { Location: started.location },
        cookies: [cookie(publicUrl, started.sessionId, started.cookie)],
      };
    }),
});

const answers = { 200: 'page', 303: undefined, 400: 'page', 500: 'page', 503: 'page' } as const;

const oauthCallback = endpoint({
  method: 'GET',
  route: 'oauth/callback',
  summary: 'Where Microsoft sends the browser back',
  allow: 'anonymous',
  responses: answers,
  handle: ({ request, context }, services) =>
    onAPage(context, () => finish(request, new URLSearchParams([...request.query]), services)),
});

const oauthCallbackFormPost = endpoint({
  method: 'POST',
  route: 'oauth/callback',
  summary: 'Where Microsoft sends the browser back, with a form',
  allow: 'anonymous',
  responses: answers,
  handle: ({ request, context }, services) =>
    onAPage(context, async () => {
      const form = await readText(request, longestForm);
      return finish(request, new URLSearchParams(form), services);
    }),
});

async function finish(
  request: HttpRequest,
  answer: URLSearchParams,
  { oauth, publicUrl, returnUrls, now }: Services,
): Promise<HttpResponseInit> {
  const given = (name: string) => answer.get(name) ?? undefined;
  if (answer.has('admin_consent')) return consented(answer);
  const cookies = cookiesOf(request);
  const authorization = await oauth.complete(
    {
      state: given('state'),
      code: given('code'),
      error: given('error'),
      errorDescription: given('error_description'),
      iss: given('iss'),
    },
    (sessionId) => cookies.get(cookieName(publicUrl, sessionId)),
  );
  return ended(authorization, returnUrls, now());
}

/** Anybody can open this address with these words, so the page says what may be and nothing is changed by it. */
function consented(answer: URLSearchParams): HttpResponseInit {
  const granted = answer.get('admin_consent')?.toLowerCase() === 'true' && !answer.has('error');
  const paragraph = granted
    ? 'Microsoft has noted the approval. Connect the connector now.'
    : 'Microsoft has noted no approval.';
  return {
    status: 200,
    headers: pageHeaders,
    body: page({
      title: granted ? 'Approved' : 'Not approved',
      paragraphs: [paragraph, farewell],
    }),
  };
}

function ended(
  authorization: Authorization,
  returnUrls: Services['returnUrls'],
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
        paragraphs: [message, farewell],
      }),
    };
  const back = new URL(address);
  back.searchParams.set('session', id);
  back.searchParams.set('outcome', code);
  return { status: 303, headers: { Location: back.href } };
}

/** Secure and bound to our host wherever there is TLS; a form posted by another site needs SameSite=None as well. */
function cookie(publicUrl: string, sessionId: string, value: string): Cookie {
  const secure = hasTls(publicUrl);
  return {
    name: cookieName(publicUrl, sessionId),
    value,
    path: '/',
    httpOnly: true,
    secure,
    sameSite: secure ? 'None' : 'Lax',
    maxAge: sessionLifetimeInSeconds,
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

async function onAPage(
  context: InvocationContext,
  visit: () => Promise<HttpResponseInit>,
): Promise<HttpResponseInit> {
  try {
    return await visit();
  } catch (error) {
    if (error instanceof AppError) context.info(JSON.stringify({ code: error.code }));
    else context.error(error);
    return failed(error);
  }
}

function failed(error: unknown): HttpResponseInit {
  const known = error instanceof AppError ? error : undefined;
  const status = !known ? 500 : known.retryable ? 503 : 400;
  const text = known?.message ?? 'Something went wrong on our side. Start again.';
  return {
    status,
    headers: pageHeaders,
    body: page({ title: 'Not connected', paragraphs: [text, farewell] }),
  };
}

export const oauthEndpoints = { startOAuth, oauthCallback, oauthCallbackFormPost };
