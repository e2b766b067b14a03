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
import type { RestResponse } from '../resource-manager/rest';
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

export function msalApp(entraUrl: string, { clientId, clientSecret, tenant }: EntraApp) {
  const { host } = new URL(entraUrl);
  return new ConfidentialClientApplication({
    auth: {
      clientId,
      clientSecret: clientSecret.reveal(),
      authority: `${entraUrl}/${tenant}`,
      // MSAL would look up any other host at Microsoft, which does not know it.
      ...(host !== microsoftHost && { knownAuthorities: [host] }),
    },
    system: { networkClient, disableInternalRetries: true },
  });
}

/** MSAL's own client sends token requests without a timeout. */
const networkClient: INetworkModule = {
  sendGetRequestAsync: (url, options) => send('GET', url, options),
  sendPostRequestAsync: (url, options) => send('POST', url, options),
};

async function send<T>(
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
  const read: RestResponse = { status, headers, body };
  const isFailure = method === 'POST' ? !hasToken(read) : status >= 400;
  if (isFailure) throwIfTemporary(failureOfResponse(read));
  return { status, headers: Object.fromEntries(headers), body: body as T };
}

/** MSAL keeps neither Retry-After nor the numbers after the first, which say "try again". */
function throwIfTemporary(failure: ProviderError): void {
  if (classifySignInError(failure).effect === 'degrades') throw new TemporaryError(failure);
}

/** MSAL rethrows its own kind. */
class TemporaryError extends AuthError {
  constructor(readonly failure: ProviderError) {
    super(failure.error, '');
    // The constructor of AuthError sets its own prototype.
    Object.setPrototypeOf(this, TemporaryError.prototype);
  }
}

/** Gateways send an HTML page during an outage, but MSAL expects an object with an error. */
function parseBody(text: string, status: number): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return { error: status >= 500 ? 'temporarily_unavailable' : 'unreadable_response' };
  }
}

/** Catch handler that throws MSAL's errors as errors of the taxonomy. Others are rethrown. */
export function throwAsAppError(error: unknown): never {
  if (error instanceof TemporaryError) throw toAppError(error.failure);
  throw error instanceof AuthError ? toAppError(providerErrorOf(error)) : error;
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
