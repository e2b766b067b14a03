/** The page on which the person who signed in confirms the connection, and its form. */
import { endpoint } from '../http/endpoint';
import { readText } from '../http/request-body';
import type { HttpServices } from '../http/services';
import { cookiesOf } from './browser-cookies.http';
import type { OAuthServices } from './services';
import { confirmationPage, orErrorPage, outcomePage } from './sign-in-pages.http';

type ConfirmationServices = OAuthServices & Pick<HttpServices, 'publicUrl' | 'now'>;

const maxFormBytes = 4_096;

const responses = { 200: 'page', 303: undefined, 400: 'page', 500: 'page', 503: 'page' } as const;

const showConfirmation = endpoint({
  method: 'GET',
  route: 'oauth/confirm',
  summary: 'Show the page that confirms a sign-in',
  allow: 'anonymous',
  responses,

  handle: ({ request, context }, services: ConfirmationServices) =>
    orErrorPage(context, async () => {
      const { confirmations, publicUrl, returnUrls, now } = services;
      const state = request.query.get('state') ?? undefined;
      const found = await confirmations.find(state, cookiesOf(request, publicUrl));
      return 'connector' in found
        ? confirmationPage(found, state!, returnUrls)
        : outcomePage(found.session, returnUrls, now());
    }),
});

const confirmOAuth = endpoint({
  method: 'POST',
  route: 'oauth/confirm',
  summary: 'Confirm or decline a sign-in',
  allow: 'anonymous',
  responses: { ...responses, 408: 'page', 413: 'page' },

  handle: ({ request, context }, services: ConfirmationServices) =>
    orErrorPage(context, async () => {
      const { confirmations, publicUrl, returnUrls, now } = services;
      const fields = new URLSearchParams(await readText(request, maxFormBytes));
      const session = await confirmations.answer(
        {
          state: fields.get('state') ?? undefined,
          csrfToken: fields.get('csrfToken') ?? undefined,
          isConfirmed: fields.get('decision') === 'confirm',
        },
        cookiesOf(request, publicUrl),
      );
      return outcomePage(session, returnUrls, now());
    }),
});

export const confirmationEndpoints = { showConfirmation, confirmOAuth };
