/** A few plain GETs to Microsoft's REST services: a time-out, and the one retry layer there is. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Secret } from '../../secrets/secret';

const maxAttempts = 3;
const timeoutMs = 15_000;
const maxWaitMs = 5_000;

export interface RestResponse {
  readonly status: number;
  readonly headers: Headers;
  /** Undefined when there was no JSON. */
  readonly body: unknown;
}

/** Undefined when nobody answered. A busy service is asked again, unless it wants more patience than a request has. */
export async function getJson(url: string, token: Secret): Promise<RestResponse | undefined> {
  for (let attempt = 1; ; attempt++) {
    const answer = await send(url, token);
    const busy = !answer || answer.status === 429 || answer.status >= 500;
    const wait = waitMs(answer, attempt);
    if (!busy || attempt === maxAttempts || wait > maxWaitMs) return answer;
    await sleep(wait);
  }
}

async function send(url: string, token: Secret): Promise<RestResponse | undefined> {
  try {
    const response = await fetch(url, {
      headers: { Authorization: `Bearer ${token.reveal()}`, Accept: 'application/json' },
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    });
    const { status, headers } = response;
    return { status, headers, body: parsed(await response.text()) };
  } catch {
    return undefined; // no connection, no answer in time, or half of one: all the same to the caller
  }
}

export function retryAfterInSeconds({ headers }: RestResponse): number | undefined {
  const seconds = Number(headers.get('retry-after') ?? NaN);
  return Number.isFinite(seconds) ? seconds : undefined;
}

/** Retry-After exactly; without it half a second, doubled each time, with jitter. */
function waitMs(answer: RestResponse | undefined, attempt: number): number {
  const asked = answer && retryAfterInSeconds(answer);
  return asked === undefined ? 500 * 2 ** (attempt - 1) * (0.5 + Math.random() / 2) : asked * 1_000;
}

/** Undefined for what is no JSON: gateways answer an outage with a page. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
