/**
 * One MSAL application per operation: MSAL throttles itself per application for a minute after a
 * 429. MSAL's errors become errors of the taxonomy, with their AADSTS numbers.
 */
import {
  AuthError,
  ConfidentialClientApplication,
  InteractionRequiredAuthError,
  ServerError,
  type INetworkModule,
} from '@azure/msal-node';
import {
  classifySignInError,
  toAppError,
  type ProviderError,
} from '../../errors/classify-sign-in-error';
import type { Secret } from '../../secrets/secret';
import { hasToken, providerErrorOf as failureOfResponse } from './token-request';
import { tracedFetch } from './traced-fetch';

export interface EntraApp {
  readonly clientId: string;
  readonly clientSecret: Secret;
  /** A tenant id or domain. `organizations` if the person's sign-in decides. */
  readonly tenant: string;
}

const microsoftHost = 'login.microsoftonline.com';
const timeoutMs = 15_000;

/**
 * Runs one operation of MSAL as an app. Its errors are thrown as errors of the taxonomy; others are
 * rethrown.
 */
export async function withMsalApp<T>(
  entraUrl: string,
  { clientId, clientSecret, tenant }: EntraApp,
  request: (app: ConfidentialClientApplication) => Promise<T>,
): Promise<T> {
  const { host } = new URL(entraUrl);
  const network = new Network();
  const app = new ConfidentialClientApplication({
    auth: {
      clientId,
      clientSecret: clientSecret.reveal(),
      authority: `${entraUrl}/${tenant}`,
      // MSAL would look up any other host at Microsoft, which does not know it.
      ...(host !== microsoftHost && { knownAuthorities: [host] }),
    },
    system: { networkClient: network, disableInternalRetries: true },
  });
  try {
    return await request(app);
  } catch (error) {
    throw error instanceof AuthError
      ? toAppError(network.failure ?? providerErrorOf(error))
      : error;
  }
}

/**
 * MSAL's own client sends token requests without a timeout. MSAL keeps neither Retry-After nor the
 * numbers after the first, which say "try again", and nothing of a failed request for metadata.
 */
class Network implements INetworkModule {
  /** Undefined unless MSAL drops what the response says. */
  failure: ProviderError | undefined;

  sendGetRequestAsync: INetworkModule['sendGetRequestAsync'] = async (url, options) => {
    const { response, ...read } = await send('GET', url, options);
    if (read.status >= 400) this.failure = failureOfResponse(read);
    return response();
  };

  sendPostRequestAsync: INetworkModule['sendPostRequestAsync'] = async (url, options) => {
    const { response, ...read } = await send('POST', url, options);
    const failure = hasToken(read) ? undefined : failureOfResponse(read);
    const isTemporary = failure && classifySignInError(failure).effect === 'degrades';
    this.failure = isTemporary ? failure : undefined;
    if (this.failure) throw new AuthError(this.failure.error, '');
    return response();
  };
}

async function send(
  method: string,
  url: string,
  options: Parameters<INetworkModule['sendPostRequestAsync']>[1],
) {
  const response = await tracedFetch(method, url, {
    ...(options?.headers && { headers: options.headers }),
    ...(options?.body !== undefined && { body: options.body }),
    redirect: 'error',
    signal: AbortSignal.timeout(timeoutMs),
  });
  const text = await response.text();
  const { status, headers } = response;
  const body = parseBody(text, status);
  return {
    status,
    headers,
    body,
    /** As MSAL expects it. */
    response: <T>() => ({ status, headers: Object.fromEntries(headers), body: body as T }),
  };
}

/** Gateways send an HTML page during an outage, but MSAL expects an object with an error. */
function parseBody(text: string, status: number): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return { error: status >= 500 ? 'temporarily_unavailable' : 'unreadable_response' };
  }
}

function providerErrorOf(error: AuthError): ProviderError {
  const serverError =
    error instanceof ServerError || error instanceof InteractionRequiredAuthError
      ? error
      : undefined;
  const status = error instanceof ServerError ? error.status : undefined;
  // MSAL types it as a string, but it is a number.
  const number = Number(serverError?.errorNo);
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
