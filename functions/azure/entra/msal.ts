/**
 * One MSAL application per operation, because MSAL refuses by itself for a minute after a throttled answer. Its errors
 * become failures of the taxonomy here, with their numbers kept.
 */
import {
  AuthError,
  ConfidentialClientApplication,
  InteractionRequiredAuthError,
  ServerError,
  type INetworkModule,
} from '@azure/msal-node';
import { refusal, type Failure } from '../../errors/classify-sign-in-error';
import type { Secret } from '../../secrets/secret';

export interface EntraApp {
  readonly clientId: string;
  readonly clientSecret: Secret;
  /** A tenant id or domain, or `organizations` where the person's sign-in decides. */
  readonly tenant: string;
}

const microsoftHost = 'login.microsoftonline.com';
const timeoutInMs = 15_000;

export function msalApp(entraUrl: string, { clientId, clientSecret, tenant }: EntraApp) {
  const { host } = new URL(entraUrl);
  return new ConfidentialClientApplication({
    auth: {
      clientId,
      clientSecret: clientSecret.reveal(),
      authority: `${entraUrl}/${tenant}`,
      // Any other host would be looked up at Microsoft's, which does not know it.
      ...(host !== microsoftHost && { knownAuthorities: [host] }),
    },
    system: { networkClient, disableInternalRetries: true },
  });
}

/** MSAL's own client sends token requests without a time-out. */
const networkClient: INetworkModule = {
  sendGetRequestAsync: (url, options) => send('GET', url, options),
  sendPostRequestAsync: (url, options) => send('POST', url, options),
};

async function send<T>(
  method: string,
  url: string,
  options: Parameters<INetworkModule['sendPostRequestAsync']>[1],
) {
  const response = await fetch(url, {
    method,
    ...(options?.headers && { headers: options.headers }),
    ...(options?.body !== undefined && { body: options.body }),
    redirect: 'error',
    signal: AbortSignal.timeout(timeoutInMs),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: Object.fromEntries(response.headers),
    body: parsed(text, response.status) as T,
  };
}

/** Gateways answer an outage with a page; MSAL wants an object it can read an error from. */
function parsed(text: string, status: number): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return { error: status >= 500 ? 'temporarily_unavailable' : 'unreadable_answer' };
  }
}

/** A catch handler: MSAL's errors as ours, anything else as the bug it is. */
export function refused(error: unknown): never {
  throw error instanceof AuthError ? refusal(failureOf(error)) : error;
}

function failureOf(error: AuthError): Failure {
  const answered =
    error instanceof ServerError || error instanceof InteractionRequiredAuthError
      ? error
      : undefined;
  const status = error instanceof ServerError ? error.status : undefined;
  // Typed as text, a number in fact.
  const number = Number(answered?.errorNo);
  const [, traceId] = /Trace ID: ([\w-]+)/i.exec(error.errorMessage ?? '') ?? [];
  return {
    provider: 'entra',
    error: error.errorCode,
    ...(error.subError && { suberror: error.subError }),
    ...(number > 0 && { number }),
    ...(status !== undefined && { status }),
    ...(traceId !== undefined && { traceId }),
  };
}
