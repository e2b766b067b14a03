/**
 * Token requests as RFC 6749 and RFC 8628 spell them, for what MSAL blocks on or no longer wants to do: passwords, device
 * codes, and the grants they leave behind. A request is sent once, and bounded in time.
 */
import { z } from 'zod';
import { refusal, type Failure } from '../../errors/classify-sign-in-error';
import { Secret } from '../../secrets/secret';
import { parsed, retryAfterInSeconds, type RestAnswer } from '../resource-manager/rest';

const timeoutInMs = 15_000;

/** Fields that are undefined are left out. */
export type FormFields = Readonly<Record<string, Secret | string | undefined>>;

const failed = z.object({
  error: z.string(),
  suberror: z.string().optional(),
  error_codes: z.array(z.int()).default([]),
  trace_id: z.string().optional(),
});

/** What was asked for, or the failure in Entra's words, for who has to tell failures apart. */
export async function sendForm<T>(
  url: string,
  fields: FormFields,
  schema: z.ZodType<T>,
): Promise<{ readonly given: T } | { readonly failure: Failure }> {
  const answer = await send(url, fields);
  if (!answer) return { failure: { provider: 'entra', error: 'network_error' } };
  const read = schema.safeParse(answer.body);
  return answer.status === 200 && read.success
    ? { given: read.data }
    : { failure: failureOf(answer) };
}

/** What was asked for; every failure is thrown as the taxonomy names it. */
export async function postForm<T>(
  url: string,
  fields: FormFields,
  schema: z.ZodType<T>,
): Promise<T> {
  const answer = await sendForm(url, fields, schema);
  if ('given' in answer) return answer.given;
  throw refusal(answer.failure);
}

/** Undefined when nobody answered. What fetch throws stays behind: it may quote the request. */
async function send(url: string, fields: FormFields): Promise<RestAnswer | undefined> {
  const form = new URLSearchParams();
  for (const [name, value] of Object.entries(fields))
    if (value !== undefined) form.set(name, value instanceof Secret ? value.reveal() : value);
  try {
    const response = await fetch(url, {
      method: 'POST',
      body: form,
      headers: { Accept: 'application/json' },
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutInMs),
    });
    const { status, headers } = response;
    return { status, headers, body: parsed(await response.text()) };
  } catch {
    return undefined;
  }
}

function failureOf(answer: RestAnswer): Failure {
  const { data: told } = failed.safeParse(answer.body);
  const number = told?.error_codes[0];
  const wait = retryAfterInSeconds(answer);
  return {
    provider: 'entra',
    error: told?.error ?? 'unreadable_answer',
    status: answer.status,
    ...(told?.suberror !== undefined && { suberror: told.suberror }),
    ...(number !== undefined && { number }),
    ...(told?.trace_id !== undefined && { traceId: told.trace_id }),
    ...(wait !== undefined && { retryAfterInSeconds: wait }),
  };
}
