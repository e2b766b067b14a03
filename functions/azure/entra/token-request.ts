/**
 * Token requests of RFC 6749 and RFC 8628 for flows that MSAL does not support as needed:
 * passwords, device codes and their grants. A request is sent once, with a timeout.
 */
import { z } from 'zod';
import {
  decisiveNumber,
  toAppError,
  type ProviderError,
} from '../../errors/classify-sign-in-error';
import { Secret } from '../../secrets/secret';
import { tracedFetch } from './traced-fetch';
import { parseJson, retryAfterSecondsOf, type RestResponse } from '../resource-manager/rest';

const timeoutMs = 15_000;

/** Undefined fields are not sent. */
export type FormFields = Readonly<Record<string, Secret | string | undefined>>;

/** Seconds that a token or a code lives. A date far beyond cannot be represented. */
export const lifetimeSeconds = z.coerce
  .number()
  .positive()
  .max(366 * 86_400);

/** What every token response has. A proxy may send anything with the status 200. */
const tokenResponse = z.object({
  access_token: z.string().min(1),
  expires_in: lifetimeSeconds,
});

export const hasToken = ({ status, body }: RestResponse): boolean =>
  status === 200 && tokenResponse.safeParse(body).success;

const errorBody = z.object({
  error: z.string(),
  suberror: z.string().optional(),
  error_codes: z.array(z.int()).default([]),
  trace_id: z.string().optional(),
});

/** The parsed response, or Entra's error for callers that distinguish errors. */
export async function sendForm<T>(
  url: string,
  fields: FormFields,
  schema: z.ZodType<T>,
): Promise<{ readonly response: T } | { readonly failure: ProviderError }> {
  const response = await send(url, fields);
  if (!response) return { failure: { provider: 'entra', error: 'network_error' } };
  const parsed = schema.safeParse(response.body);
  return response.status === 200 && parsed.success
    ? { response: parsed.data }
    : { failure: providerErrorOf(response) };
}

/** The parsed response. Throws every failure as an AppError of the taxonomy. */
export async function postForm<T>(
  url: string,
  fields: FormFields,
  schema: z.ZodType<T>,
): Promise<T> {
  const result = await sendForm(url, fields, schema);
  if ('response' in result) return result.response;
  throw toAppError(result.failure);
}

/**
 * Undefined without a response. Errors of fetch are dropped, because they may quote the request.
 */
async function send(url: string, fields: FormFields): Promise<RestResponse | undefined> {
  const form = new URLSearchParams();
  for (const [name, value] of Object.entries(fields))
    if (value !== undefined) form.set(name, value instanceof Secret ? value.reveal() : value);
  try {
    const response = await tracedFetch('POST', url, {
      body: form,
      headers: { Accept: 'application/json' },
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    });
    const { status, headers } = response;
    return { status, headers, body: parseJson(await response.text()) };
  } catch {
    return undefined;
  }
}

/** Entra's error in a response that is not as expected. */
export function providerErrorOf(response: RestResponse): ProviderError {
  const { data: problem } = errorBody.safeParse(response.body);
  const number = decisiveNumber(problem?.error_codes ?? []);
  const wait = retryAfterSecondsOf(response);
  return {
    provider: 'entra',
    error: problem?.error ?? 'unreadable_response',
    status: response.status,
    ...(problem?.suberror !== undefined && { suberror: problem.suberror }),
    ...(number !== undefined && { number }),
    ...(problem?.trace_id !== undefined && { traceId: problem.trace_id }),
    ...(wait !== undefined && { retryAfterSeconds: wait }),
  };
}
