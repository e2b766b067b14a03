/** An Entra error: its AADSTS number and the response body of Entra's endpoints. */
import { randomUUID } from 'node:crypto';
import type { Clock } from '../emulator/clock';
import type { EmulatorResponse, EmulatorRequest } from '../emulator/server';
import { aadsts, type Aadsts } from './aadsts';

/** Values of the {names} in an error text. */
export type ErrorParameters = Readonly<Record<string, string | undefined>>;

export interface ErrorOverrides {
  readonly error?: string;
  readonly suberror?: string;
  /** Numbers after the first one of `error_codes`. */
  readonly furtherCodes?: readonly number[];
  readonly retryAfterSeconds?: number;
}

export class EntraError extends Error {
  constructor(
    readonly code: number,
    readonly parameters: ErrorParameters = {},
    readonly overrides: ErrorOverrides = {},
  ) {
    super(`AADSTS${code}`);
  }
}

/** Used for error numbers that aadsts.ts does not list. */
const unknownCode: Aadsts = { error: 'invalid_grant', status: 400, text: 'An error has occurred.' };
const defaultRetryAfterSeconds = 10;

export interface EntraErrorResponse extends EmulatorResponse {
  readonly body: {
    readonly error: string;
    readonly error_description: string;
    readonly error_uri: string;
    readonly correlation_id: string;
  };
}

export function toErrorResponse(
  error: EntraError,
  request: EmulatorRequest,
  now: Date,
): EntraErrorResponse {
  return errorResponse(error, correlationIdOf(request), now);
}

/** Error body of an injected status: throttled, server error or unavailable. */
export const entraFault = (clock: Clock) => (status: number) => {
  const code = status === 429 ? 90055 : status === 500 ? 50000 : 90033;
  return errorResponse(new EntraError(code), randomUUID(), clock.now()).body;
};

function errorResponse(error: EntraError, correlationId: string, now: Date): EntraErrorResponse {
  const { code, parameters, overrides } = error;
  const known = aadsts[code] ?? unknownCode;
  const traceId = randomUUID();
  const timestamp = now.toISOString().replace('T', ' ').replace(/\..*/, 'Z');
  const suberror = overrides.suberror ?? known.suberror;
  return {
    status: known.status,
    headers: {
      ...noStore,
      'x-ms-request-id': traceId,
      'client-request-id': correlationId,
      ...(known.status === 429 && {
        'retry-after': String(overrides.retryAfterSeconds ?? defaultRetryAfterSeconds),
      }),
    },
    body: {
      error: overrides.error ?? known.error,
      error_description: `AADSTS${code}: ${fill(known.text, parameters)} Trace ID: ${traceId} Correlation ID: ${correlationId} Timestamp: ${timestamp}`,
      error_codes: [code, ...(overrides.furtherCodes ?? [])],
      timestamp,
      trace_id: traceId,
      correlation_id: correlationId,
      error_uri: `https://login.microsoftonline.com/error?code=${code}`,
      ...(suberror && { suberror }),
      ...(known.challenge && { claims: challenge }),
    } as EntraErrorResponse['body'],
  };
}

export const noStore = { 'cache-control': 'no-store, no-cache', pragma: 'no-cache' };

/** The correlation id that the client sent, or a new one. */
function correlationIdOf({ headers, query, body }: EmulatorRequest): string {
  const fromUrl = headers['client-request-id'] ?? query.get('client-request-id');
  const sent = fromUrl ?? new URLSearchParams(body.toString('utf8')).get('client-request-id');
  return typeof sent === 'string' && sent !== '' ? sent : randomUUID();
}

const fill = (text: string, about: ErrorParameters) =>
  text.replace(/\{(\w+)\}/g, (_, name: string) => about[name] ?? `{${name} hidden}`);

/** Names the policies to satisfy. Clients send it back with an interactive request. */
const challenge = JSON.stringify({
  access_token: { capolids: { essential: true, values: ['ca9a1e55-0000-4000-8000-000000000001'] } },
});
