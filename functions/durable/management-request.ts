/**
 * Reads a management URL of Durable, which the host of this app serves. The URL contains a key, so no
 * error names it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { ServiceUnavailableError } from '../errors/app-error';

const timeoutMs = 15_000;
const maxAttempts = 3;
const pauseMs = 250;
/** A longer wait is left to the caller. */
const maxPauseMs = 5_000;

interface Attempt {
  /** Undefined if no response arrived. */
  readonly status: number | undefined;
  readonly retryAfterSeconds: number;
  readonly json?: unknown;
}

/** The JSON of the response; undefined for 404. */
export async function readManagementUrl(url: string): Promise<unknown> {
  for (let attempt = 1; ; attempt++) {
    const { status, retryAfterSeconds, json } = await tryOnce(url);
    if (status === 404) return undefined;
    if (status === 200 || status === 202) return json;
    const mayChange = status === undefined || status >= 500 || status === 429;
    const pause = Math.max(pauseMs * attempt, retryAfterSeconds * 1_000);
    if (!mayChange || attempt === maxAttempts || pause > maxPauseMs) throw unavailable(status);
    await sleep(pause);
  }
}

/** The error of `fetch` may name the URL, so it is dropped. */
async function tryOnce(url: string): Promise<Attempt> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) });
    const { status, headers } = response;
    const text = await response.text();
    const json: unknown = status === 200 || status === 202 ? JSON.parse(text) : undefined;
    return { status, retryAfterSeconds: Number(headers.get('retry-after') ?? 0) || 0, json };
  } catch {
    return { status: undefined, retryAfterSeconds: 0 };
  }
}

const unavailable = (status: number | undefined) =>
  durableUnavailable(
    new Error(status === undefined ? 'No response arrived.' : `The status is ${status}.`),
  );

export const durableUnavailable = (cause: unknown) =>
  new ServiceUnavailableError(
    'durable_unavailable',
    'The Durable extension did not respond as expected. Try again in a moment.',
    true,
    cause,
  );
