/**
 * The two addresses that a browser visits on its way to Entra and back. Both always respond with a
 * page or a redirect.
 */
import type { HttpRequest, HttpResponseInit } from '@azure/functions';
import { endpoint } from '../http/endpoint';
import { readText } from '../http/request-body';
import type { HttpServices } from '../http/services';
import { bindingCookie, confirmationCookie, cookiesOf } from './browser-cookies.http';
import type { OAuthServices } from './services';
import { consentPage, orErrorPage, outcomePage } from './sign-in-pages.http';

type CallbackServices = OAuthServices & Pick<HttpServices, 'publicUrl' | 'now'>;

const maxFormBytes = 65_536;

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
        cookies: [bindingCookie(publicUrl, started.sessionId, started.cookie)],
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

/** Also for a form that is too slow or too large. */
const formResponses = { ...callbackResponses, 408: 'page', 413: 'page' } as const;

const oauthCallback = endpoint({
  method: 'GET',
  route: 'oauth/callback',
  withoutHead: true,
  summary: 'Receive the browser from Microsoft',
  allow: 'anonymous',
  responses: callbackResponses,
  handle: ({ request, context }, services: CallbackServices) =>
    orErrorPage(context, () =>
      receiveBrowser(request, new URLSearchParams([...request.query]), services),
    ),
});

const oauthCallbackFormPost = endpoint({
  method: 'POST',
  route: 'oauth/callback',
  summary: 'Receive the browser from Microsoft by form',
  allow: 'anonymous',
  responses: formResponses,
  handle: ({ request, context }, services: CallbackServices) =>
    orErrorPage(context, async () => {
      const form = await readText(request, maxFormBytes);
      return receiveBrowser(request, new URLSearchParams(form), services);
    }),
});

/** Redirects to the confirmation, so that the code leaves the address of the page. */
async function receiveBrowser(
  request: HttpRequest,
  parameters: URLSearchParams,
  { oauth, publicUrl, returnUrls, now }: CallbackServices,
): Promise<HttpResponseInit> {
  const get = (name: string) => parameters.get(name) ?? undefined;
  if (parameters.has('admin_consent')) return consentPage;
  const state = get('state');
  const { session, cookie } = await oauth.receive(
    {
      state,
      code: get('code'),
      error: get('error'),
      errorDescription: get('error_description'),
      iss: get('iss'),
    },
    cookiesOf(request, publicUrl),
  );
  if (session.state !== 'authorized') return outcomePage(session, returnUrls, now());
  const confirm = new URL(`${publicUrl}/api/oauth/confirm`);
  confirm.searchParams.set('state', state!);
  return {
    status: 303,
    headers: { Location: confirm.href },
    cookies: [confirmationCookie(publicUrl, session.id, cookie)],
  };
}

export const oauthEndpoints = { startOAuth, oauthCallback, oauthCallbackFormPost };
