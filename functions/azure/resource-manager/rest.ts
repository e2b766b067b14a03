/**
 * JSON GET requests that check access, sent once per caller's request. The retry policy here is
 * their only retry layer.
 */
import {
  createDefaultHttpClient,
  createHttpHeaders,
  createPipelineFromOptions,
  createPipelineRequest,
  isRestError,
  RestError,
  retryPolicy,
  type PipelinePolicy,
  type RetryStrategy,
} from '@azure/core-rest-pipeline';
import type { Secret } from '../../secrets/secret';
import { spanPolicy } from '../span-policy';
import { RetryDelay } from './retry-delay';

const maxRetries = 2;
const timeoutMs = 15_000;
/** A caller is waiting, so a longer Retry-After is reported instead. */
const maxWaitMs = 5_000;

export interface RestResponse {
  readonly status: number;
  readonly headers: { get(name: string): string | null | undefined };
  /** Undefined if the text is not JSON. */
  readonly body: unknown;
}

const delay = new RetryDelay(Date.now, Math.random);

const retryWithinRequest: RetryStrategy = {
  name: 'retryWithinRequest',
  retry({ retryCount, response, responseError }) {
    const isBusy = responseError || !response || response.status === 429 || response.status >= 500;
    const waitMs = delay.after(response?.headers.get('retry-after'), retryCount + 1);
    return isBusy && waitMs <= maxWaitMs ? { retryAfterInMs: waitMs } : { skipStrategy: true };
  },
};

/** The retry policy repeats a RestError only, and a timeout is none. */
const timeoutsAreRestErrors: PipelinePolicy = {
  name: 'timeoutsAreRestErrors',
  sendRequest: (request, next) =>
    next(request).catch((error: unknown) => {
      throw isRestError(error) ? error : new RestError('No response.', { code: 'ETIMEDOUT' });
    }),
};

const pipeline = createPipelineFromOptions({});
for (const name of ['defaultRetryPolicy', 'redirectPolicy']) pipeline.removePolicy({ name });
pipeline.addPolicy(retryPolicy([retryWithinRequest], { maxRetries }), { phase: 'Retry' });
pipeline.addPolicy(timeoutsAreRestErrors, { afterPhase: 'Retry' });
pipeline.addPolicy(spanPolicy('rest'), { afterPhase: 'Retry' });
const client = createDefaultHttpClient();

/** Undefined without a complete response: no connection, a timeout or a broken connection. */
export async function getJson(url: string, token?: Secret): Promise<RestResponse | undefined> {
  const headers = createHttpHeaders({
    ...(token && { authorization: `Bearer ${token.reveal()}` }),
    accept: 'application/json',
  });
  const request = createPipelineRequest({ url, headers, timeout: timeoutMs });
  try {
    const response = await pipeline.sendRequest(client, request);
    const { status, bodyAsText } = response;
    return { status, headers: response.headers, body: parseJson(bodyAsText ?? '') };
  } catch {
    return undefined; // the error may quote the request with its token
  }
}

/** Undefined without a Retry-After that can be read. */
export function retryAfterSecondsOf({ headers }: RestResponse): number | undefined {
  const waitMs = delay.requested(headers.get('retry-after') ?? undefined);
  return waitMs === undefined ? undefined : Math.ceil(waitMs / 1_000);
}

/** Undefined if the text is not JSON: gateways send HTML during an outage. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
