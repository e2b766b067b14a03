/**
 * What a browser is shown during a sign-in. Texts are ours; names of the connector and of the asker
 * are shown as facts of the confirmation page only, to the browser that signed in.
 */
import type { HttpResponseInit, InvocationContext } from '@azure/functions';
import { currentOutcome } from '../credentials/connection-attempt';
import { AppError } from '../errors/app-error';
import { failureLine } from '../errors/log-failure';
import { page, pageHeaders, pageHeadersFor } from '../http/html-page';
import { httpStatusOf } from '../http/problem';
import { logLine } from '../telemetry/log-line';
import type { Authorization } from './authorization';
import type { ConfirmationRequest } from './confirmation-service';

type ReturnUrls = Readonly<Record<string, string>>;

const closingText = 'You can close this window.';

/** Asks the person who signed in whether the connector may use the account. */
export function confirmationPage(
  { session, connector, csrfToken }: ConfirmationRequest,
  state: string,
  returnUrls: ReturnUrls,
): HttpResponseInit {
  const { tenantId, initiator, authority } = session;
  const isOtherTenant = authority !== tenantId.toLowerCase();
  const target = returnUrlOf(session, returnUrls);
  return {
    status: 200,
    // Chromium applies form-action to the redirect that follows the form, too.
    headers: pageHeadersFor(["'self'", ...(target ? [target.origin] : [])]),
    body: page({
      title: 'Allow adf-connect to read your data factories?',
      facts: [
        { label: 'Asked by', value: `${initiator.displayName} (object ID ${initiator.objectId})` },
        { label: 'Tenant of the person who asks', value: tenantId },
        { label: 'Connector', value: connector.name },
        { label: 'Tenant of the account that you signed in with', value: authority },
        {
          label: 'What will be read',
          value:
            'Every data factory that your account can read: pipelines, data flows, datasets, linked services, triggers, integration runtimes and run history. Nothing is changed.',
        },
        {
          label: 'Who will see it',
          value: 'The people who use adf-connect in the tenant of the person who asks.',
        },
        { label: 'For how long', value: 'Until the connector is disconnected.' },
      ],
      paragraphs: [
        'Choose Cancel if you did not start this sign-in yourself, or if another person sent you the link.',
        ...(isOtherTenant
          ? ['Warning: your account belongs to another tenant than the person who asks.']
          : []),
      ],
      form: {
        action: '/api/oauth/confirm',
        fields: { state, csrfToken },
        buttons: [
          { name: 'decision', value: 'confirm', label: 'Allow' },
          { name: 'decision', value: 'cancel', label: 'Cancel' },
        ],
      },
    }),
  };
}

/** A page, or a redirect to the return address with the outcome. */
export function outcomePage(
  session: Authorization,
  returnUrls: ReturnUrls,
  now: Date,
): HttpResponseInit {
  const { code, message } = currentOutcome(session, now);
  const back = returnUrlOf(session, returnUrls);
  if (back) {
    back.searchParams.set('session', session.id);
    back.searchParams.set('outcome', code);
    return { status: 303, headers: { Location: back.href } };
  }
  const { account } = session;
  return {
    status: 200,
    headers: pageHeaders,
    body: page({
      title: titleOf(code),
      facts: account
        ? [
            { label: 'Account', value: account.username ?? account.objectId ?? '' },
            { label: 'Tenant', value: account.tenantId },
          ]
        : [],
      paragraphs: [message, closingText],
    }),
  };
}

/** The parameters prove nothing, because any browser can send them. */
export const consentPage: HttpResponseInit = {
  status: 200,
  headers: pageHeaders,
  body: page({
    title: 'Return to adf-connect',
    paragraphs: [
      'This page cannot tell whether the app was approved. Connect the connector to find out.',
      closingText,
    ],
  }),
};

/** Responds with a page also if a browser request fails. */
export async function orErrorPage(
  context: InvocationContext,
  respond: () => Promise<HttpResponseInit>,
): Promise<HttpResponseInit> {
  try {
    return await respond();
  } catch (error) {
    if (error instanceof AppError)
      context.info(logLine('sign_in_page.refused', { code: error.code }));
    else context.error(failureLine('sign_in_page.failed', error), error);
    return errorPage(error);
  }
}

/** Any browser may see it, so it does not claim whether the connector is connected. */
function errorPage(error: unknown): HttpResponseInit {
  const known = error instanceof AppError ? error : undefined;
  const text = known?.message ?? 'The sign-in failed on our side. Start again.';
  return {
    status: pageStatusOf(error),
    headers: pageHeaders,
    body: page({ title: 'Sign-in not continued', paragraphs: [text, closingText] }),
  };
}

/** A person needs no finer status than these. */
function pageStatusOf(error: unknown): number {
  if (!(error instanceof AppError)) return 500;
  const status = httpStatusOf(error);
  if (status === 408 || status === 413) return status;
  return error.retryable || status >= 500 ? 503 : 400;
}

function titleOf(code: string): string {
  if (code === 'ok') return 'Connected';
  return code === 'session_pending' ? 'Being completed' : 'Not connected';
}

function returnUrlOf({ returnTo }: Authorization, returnUrls: ReturnUrls): URL | undefined {
  const address = returnTo === undefined ? undefined : returnUrls[returnTo];
  return address === undefined ? undefined : new URL(address);
}
