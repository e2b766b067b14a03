/** A refusal in Entra's words: an AADSTS number, and the body that its endpoints answer with. */
import { randomUUID } from 'node:crypto';
import type { Clock } from '../emulator/clock';
import type { Answer, Received } from '../emulator/server';
import { aadsts, type Aadsts } from './aadsts';

/** What fills the {names} of a text. */
export type About = Readonly<Record<string, string | undefined>>;

export interface Twist {
  readonly error?: string;
  readonly suberror?: string;
  readonly retryAfterInSeconds?: number;
}

export class EntraError extends Error {
  constructor(
    readonly code: number,
    readonly about: About = {},
    readonly twist: Twist = {},
  ) {
    super(`AADSTS${code}`);
  }
}

/** A number that no one catalogued is still an answer Entra may give. */
const unheardOf: Aadsts = { error: 'invalid_grant', status: 400, text: 'An error has occurred.' };
const defaultRetryAfterInSeconds = 10;

export interface ErrorAnswer extends Answer {
  readonly body: {
    readonly error: string;
    readonly error_description: string;
    readonly error_uri: string;
    readonly correlation_id: string;
  };
}

export function toAnswer(error: EntraError, request: Received, now: Date): ErrorAnswer {
  return answerAs(error, correlationIdOf(request), now);
}

/** How an injected status reads: throttled, unavailable, or broken. */
export const entraFault = (clock: Clock) => (status: number) => {
  const code = status === 429 ? 90055 : status === 500 ? 50000 : 90033;
  return answerAs(new EntraError(code), randomUUID(), clock.now()).body;
};

function answerAs(error: EntraError, correlationId: string, now: Date): ErrorAnswer {
  const { code, about, twist } = error;
  const known = aadsts[code] ?? unheardOf;
  const traceId = randomUUID();
  const timestamp = now.toISOString().replace('T', ' ').replace(/\..*/, 'Z');
  const suberror = twist.suberror ?? known.suberror;
  return {
    status: known.status,
    headers: {
      ...noStore,
      'x-ms-request-id': traceId,
      'client-request-id': correlationId,
      ...(known.status === 429 && {
        'retry-after': String(twist.retryAfterInSeconds ?? defaultRetryAfterInSeconds),
      }),
    },
    body: {
      error: twist.error ?? known.error,
      error_description: `AADSTS${code}: ${fill(known.text, about)} Trace ID: ${traceId} Correlation ID: ${correlationId} Timestamp: ${timestamp}`,
      error_codes: [code],
      timestamp,
      trace_id: traceId,
      correlation_id: correlationId,
      error_uri: `https://login.microsoftonline.com/error?code=${code}`,
      ...(suberror && { suberror }),
      ...(known.challenge && { claims: challenge }),
    } as ErrorAnswer['body'],
  };
}

export const noStore = { 'cache-control': 'no-store, no-cache', pragma: 'no-cache' };

/** The client's own, so that both sides can speak of the same request. */
function correlationIdOf({ headers, query, body }: Received): string {
  const named = headers['client-request-id'] ?? query.get('client-request-id');
  const sent = named ?? new URLSearchParams(body.toString('utf8')).get('client-request-id');
  return typeof sent === 'string' && sent !== '' ? sent : randomUUID();
}

const fill = (text: string, about: About) =>
  text.replace(/\{(\w+)\}/g, (_, name: string) => about[name] ?? `{${name} hidden}`);

/** Names the policies to satisfy; clients send it back with an interactive request. */
const challenge = JSON.stringify({
  access_token: { capolids: { essential: true, values: ['ca9a1e55-0000-4000-8000-000000000001'] } },
});
