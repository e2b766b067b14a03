/**
 * Executes a request once per Idempotency-Key and returns the stored response for a day. If a
 * worker dies during the execution, its lease expires and the next repetition executes the request
 * again: the endpoint must tolerate work that is half done.
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
}

export class Idempotency {
  constructor(
    private readonly store: IdempotencyStore,
    private readonly now: () => Date,
  ) {}

  /**
   * Executes the request, or returns the response of its first execution. An execution that throws
   * is not stored, so it can be repeated. `onStoreError` receives the error if the response could
   * not be stored, or the key not be released. It never replaces the result of the execution.
   */
  async execute(
    request: IdempotentRequest,
    execute: () => Promise<HttpResponseInit>,
    onStoreError: (error: unknown) => void,
  ): Promise<HttpResponseInit> {
    const record = this.recordOf(request);
    const claim = await this.claim(record);
    if ('stored' in claim) return fromStoredResponse(claim.stored);
    const response = await this.executeClaimed(claim, execute, onStoreError);
    // The request was executed, so its caller gets the response even if storing the response fails.
    await this.store
      .replace({ ...claim, response: toStoredResponse(response) })
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
    return found.leaseExpiresAt > now ? throwInFlight() : this.takeOver(record, found);
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
