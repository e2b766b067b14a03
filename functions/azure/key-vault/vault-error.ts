/**
 * Reads errors of Key Vault by their codes, never by their messages. The codes are those of
 * learn.microsoft.com/azure/key-vault/general/rest-error-codes and /common-error-codes, and of
 * public reports of the real service (named in infra/local/key-vault/vault-error.ts).
 */
import type { PipelinePolicy, PipelineResponse } from '@azure/core-rest-pipeline';
import { z } from 'zod';

/**
 * - `missing`: there is no such secret or version
 * - `disabled`: the version exists and is disabled
 * - `deleting`: the name is being deleted
 * - `deleted`: the name is deleted and stays reserved until it is recovered or purged
 * - `busy`: the name is being recovered, or another request changes it
 * - `refused`: the vault refused the request, or another server answered in its place
 */
export type Verdict = 'missing' | 'disabled' | 'deleting' | 'deleted' | 'busy' | 'refused';

/** Every other code is a refusal, as is a known code with another status. */
const knownCodes: Readonly<Record<string, readonly [status: number, verdict: Verdict]>> = {
  SecretNotFound: [404, 'missing'],
  SecretDisabled: [403, 'disabled'],
  ObjectIsBeingDeleted: [409, 'deleting'],
  ObjectIsDeletedButRecoverable: [409, 'deleted'],
  ObjectIsBeingRecovered: [409, 'busy'],
  Conflict: [409, 'busy'],
  ConflictError: [409, 'busy'],
};

/** Codes are identifiers. The text of a proxy is none, and must not reach a caller. */
const code = z.string().regex(/^\w{1,64}$/);
const body = z.object({ error: z.unknown() });
const errorObject = z.object({ code, innererror: z.unknown().optional() });

/** A 4xx response. The SDK itself drops the inner codes of lists. */
export class VaultError extends Error {
  override readonly name = 'VaultError';
  /** The pollers of the SDK read this member. */
  readonly statusCode: number;
  /** From the outer to the innermost code. Empty if the body is not an error of Key Vault. */
  readonly codes: readonly string[];
  readonly verdict: Verdict;

  constructor(response: PipelineResponse) {
    const { status } = response;
    super(`Key Vault responded with status ${status}.`);
    this.statusCode = status;
    this.codes = [...codesOf(response.bodyAsText)];
    // The innermost code is the most precise one.
    const known = this.codes
      .toReversed()
      .map((each) => knownCodes[each])
      .find((each) => each?.[0] === status);
    this.verdict = known?.[1] ?? 'refused';
  }
}

/** Undefined for an error that is not a 4xx response. */
export const verdictOf = (error: unknown): Verdict | undefined =>
  error instanceof VaultError ? error.verdict : undefined;

/** Throws a VaultError for each 4xx response but 429, which is mapped in availability.ts. */
export const throwVaultErrors: PipelinePolicy = {
  name: 'throwVaultErrors',
  async sendRequest(request, next) {
    const response = await next(request);
    const { status } = response;
    if (status >= 400 && status < 500 && status !== 429) throw new VaultError(response);
    return response;
  },
};

function* codesOf(text: string | null | undefined): Generator<string> {
  let error: unknown = body.safeParse(parseJson(text ?? '')).data?.error;
  for (;;) {
    const parsed = errorObject.safeParse(error);
    if (!parsed.success) return;
    yield parsed.data.code;
    error = parsed.data.innererror;
  }
}

/** Undefined for a text that is not JSON, such as the page of a proxy. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
