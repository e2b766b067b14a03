/**
 * Executes a request once per Idempotency-Key and returns the stored response for a day. If a
 * worker dies during the execution, its lease expires and the next repetition executes the request
 * again: the endpoint must tolerate work that is half done. A request whose response has a secret is
 * not executed again, and its response is not stored.
 */
import { createHash } from 'node:crypto';
import type { HttpResponseInit } from '@azure/functions';
import { ConflictError, RefusedError, StaleError } from '../errors/app-error';
import type { Stored } from '../storage/stored';
import type { IdempotencyRecord, IdempotencyStore, StoredResponse } from './ports';

const ttlMs = 24 * 3_600_000;
/** Longer than the platform's limit for an HTTP request (230 seconds). */
const leaseMs = 240_000;

/** Identifies a repetition: the same caller, operation and key. */
export interface IdempotentRequest {
  readonly tenantId: string;
  readonly operation: readonly unknown[];
  /** Another payload with the same key is rejected. */
  readonly payload: unknown;
  /** The response has a secret. A repetition gets a conflict that names what the first one made. */
  readonly isShownOnce: boolean;
}

export interface IdempotencyOutput {
  /** Receives the error if the response could not be stored, or the key not be released. */
  readonly onStoreError: (error: unknown) => void;
  /** The response to a repetition that meets this error. */
  readonly problemOf: (error: ConflictError) => HttpResponseInit;
}

export class Idempotency {
  constructor(
    private readonly store: IdempotencyStore,
    private readonly now: () => Date,
  ) {}

  /**
   * Executes the request, or returns the response of its first execution. An execution that throws
   * is not stored, so it can be repeated. A failure of the store never replaces the result of the
   * execution.
   */
  async execute(
    request: IdempotentRequest,
    execute: () => Promise<HttpResponseInit>,
    { onStoreError, problemOf }: IdempotencyOutput,
  ): Promise<HttpResponseInit> {
    const { isShownOnce } = request;
    const claim = await this.claim(this.recordOf(request), isShownOnce);
    if ('stored' in claim) return fromStoredResponse(claim.stored);
    const response = await this.executeClaimed(claim, execute, onStoreError);
    const repeated = isShownOnce && isSuccess(response) ? problemOf(shownOnce(response)) : response;
    // The request was executed, so its caller gets the response even if storing the response fails.
    await this.store
      .replace({ ...claim, response: toStoredResponse(repeated) })
      .catch(onStoreError);
    return response;
  }

  deleteExpired(): AsyncIterable<string> {
    return this.store.deleteExpired(this.now());
  }

  /**
   * Our own record, or a stored response. Throws if another request is in flight or the payload
   * differs.
   */
  private async claim(
    record: IdempotencyRecord,
    isShownOnce: boolean,
  ): Promise<Stored<IdempotencyRecord> | { readonly stored: StoredResponse }> {
    const found = await this.store.get(record.tenantId, record.id);
    const now = this.now().toISOString();
    if (!found) return this.store.create(record).catch(throwInFlight);
    if (found.expiresAt <= now) return this.takeOver(record, found);
    if (found.payloadHash !== record.payloadHash)
      throw new RefusedError(
        'idempotency_key_reused',
        'This Idempotency-Key was used for another payload. Use a new key for a new request.',
      );
    if (found.response) return { stored: found.response };
    if (found.leaseExpiresAt > now) return throwInFlight();
    if (isShownOnce) throw outcomeUnknown();
    return this.takeOver(record, found);
  }

  private takeOver(record: IdempotencyRecord, { etag }: Stored<IdempotencyRecord>) {
    return this.store.replace({ ...record, etag }).catch(throwInFlight);
  }

  private async executeClaimed(
    claim: Stored<IdempotencyRecord>,
    execute: () => Promise<HttpResponseInit>,
    onStoreError: (error: unknown) => void,
  ): Promise<HttpResponseInit> {
    try {
      return await execute();
    } catch (error) {
      await this.store.delete(claim).catch(onStoreError);
      throw error;
    }
  }

  private recordOf({ tenantId, operation, payload }: IdempotentRequest): IdempotencyRecord {
    const now = this.now().getTime();
    return {
      tenantId,
      id: hashOf([tenantId, ...operation]),
      payloadHash: hashOf(payload),
      leaseExpiresAt: new Date(now + leaseMs).toISOString(),
      expiresAt: new Date(now + ttlMs).toISOString(),
    };
  }
}

const hashOf = (value: unknown) => createHash('sha256').update(JSON.stringify(value)).digest('hex');

/** Reports a lost race for the key as a conflict. Rethrows any other error. */
function throwInFlight(error?: unknown): never {
  if (error && !(error instanceof ConflictError) && !(error instanceof StaleError)) throw error;
  throw new ConflictError(
    'idempotency_in_flight',
    'The first request with this Idempotency-Key is still running. Retry after a few seconds.',
  );
}

const isSuccess = ({ status = 200 }: HttpResponseInit): boolean => status < 400;

/** Names what the first request made. Its body has an id, its headers may have a location. */
function shownOnce({ headers, jsonBody }: HttpResponseInit): ConflictError {
  const { id } = jsonBody as { readonly id: string };
  const { Location: location } = (headers ?? {}) as { readonly Location?: string };
  return new ConflictError(
    'response_shown_once',
    `The first request with this Idempotency-Key succeeded, for ${id}. Its response has a secret that is shown once: if you did not receive it, repeat the request with a new key.`,
    { ...(location !== undefined && { location }) },
  );
}

const outcomeUnknown = () =>
  new ConflictError(
    'idempotency_outcome_unknown',
    'The first request with this Idempotency-Key was interrupted, and its response has a secret that is shown once. Read what exists, then use a new key.',
  );

const toStoredResponse = (response: HttpResponseInit): StoredResponse => ({
  status: response.status ?? 200,
  headers: (response.headers ?? {}) as Record<string, string>,
  ...(response.jsonBody !== undefined && { body: JSON.stringify(response.jsonBody) }),
});

const fromStoredResponse = ({ status, headers, body }: StoredResponse): HttpResponseInit => ({
  status,
  headers: { ...headers, 'Idempotency-Replayed': 'true' },
  ...(body !== undefined && { jsonBody: JSON.parse(body) as unknown }),
});
