/**
 * Reads a management URL of Durable, which the host of this app serves. The URL contains a key, so no
 * error names it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { UpstreamError } from '../errors/app-error';

const timeoutMs = 15_000;
const maxAttempts = 3;
const pauseMs = 250;
/** A longer wait is left to the caller. */
const maxPauseMs = 5_000;

/** The JSON of the response; undefined for 404. */
export async function readManagementUrl(url: string): Promise<unknown> {
  for (let attempt = 1; ; attempt++) {
    const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) }).catch(
      (error: unknown) => error as Error,
    );
    if (!(response instanceof Error)) {
      if (response.status === 404) return undefined;
      if (response.status === 200 || response.status === 202) return response.json();
      await response.body?.cancel();
    }
    const pause = response instanceof Error ? pauseMs * attempt : retryAfter(response, attempt);
    if (attempt === maxAttempts || pause === undefined) throw unavailable(response);
    await sleep(pause);
  }
}

/** Undefined if the response cannot change, or not soon. */
function retryAfter({ status, headers }: Response, attempt: number): number | undefined {
  if (status < 500 && status !== 429) return undefined;
  const seconds = Number(headers.get('retry-after') ?? 0);
  const pause = Math.max(pauseMs * attempt, (Number.isNaN(seconds) ? 0 : seconds) * 1_000);
  return pause <= maxPauseMs ? pause : undefined;
}

const unavailable = (response: Response | Error) =>
  new UpstreamError(
    'durable_unavailable',
    'The Durable extension did not return the orchestration. Try again in a moment.',
    true,
    // The error of `fetch` may name the URL.
    new Error(response instanceof Error ? response.name : `The status is ${response.status}.`),
  );
