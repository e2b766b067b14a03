/**
 * A request that is repeated with its Idempotency-Key is executed once, and answered alike for a day. Should the worker
 * die in the middle, its lease runs out and the next repetition executes anew: what it may find half done is for
 * the endpoint to answer.
 */
import { createHash } from 'node:crypto';
import type { HttpResponseInit } from '@azure/functions';
import { ConflictError, RefusedError, StaleError } from '../errors/app-error';
import type { Stored } from '../storage/stored';
import type { IdempotencyRecord, IdempotencyStore, StoredResponse } from './ports';

const ttlMs = 24 * 3_600_000;
/** Longer than an HTTP request of the platform may take (230 seconds). */
const leaseInMs = 240_000;

/** What makes a repetition: the same caller, asking the same operation, with the same key. */
export interface IdempotentRequest {
  readonly tenantId: string;
  readonly operation: readonly unknown[];
  /** What is asked of it; another payload is another request. */
  readonly payload: unknown;
}

export class Idempotency {
  constructor(
    private readonly store: IdempotencyStore,
    private readonly now: () => Date,
  ) {}

  /** An execution that throws is forgotten, so that it can be repeated; `lost` is told of answers that could not be kept. */
  async execute(
    identity: IdempotentRequest,
    execute: () => Promise<HttpResponseInit>,
    lost: (error: unknown) => void,
  ): Promise<HttpResponseInit> {
    const wanted = this.recordOf(identity);
    const claim = await this.claim(wanted);
    if ('answer' in claim) return replayed(claim.answer);
    const answer = await this.executed(claim, execute);
    // It has happened, so the caller must hear of it, whether or not a repetition will.
    await this.store.replace({ ...claim, answer: toStoredResponse(answer) }).catch(lost);
    return answer;
  }

  deleteExpired(): Promise<void> {
    return this.store.deleteExpired(this.now());
  }

  /** Our own record, or an answered one. Throws when somebody else is at work, or the key was used otherwise. */
  private async claim(
    wanted: IdempotencyRecord,
  ): Promise<Stored<IdempotencyRecord> | { readonly answer: StoredResponse }> {
    const found = await this.store.get(wanted.tenantId, wanted.id);
    const now = this.now().toISOString();
    if (!found) return this.store.create(wanted).catch(inFlight);
    if (found.expiresAt <= now) return this.takeOver(wanted, found);
    if (found.payloadHash !== wanted.payloadHash)
      throw new RefusedError(
        'idempotency_key_reused',
        'This Idempotency-Key was used for another payload. Take a new one for a new request.',
      );
    if (found.answer) return { answer: found.answer };
    return found.leaseExpiresAt > now ? inFlight() : this.takeOver(wanted, found);
  }

  private takeOver(wanted: IdempotencyRecord, { etag }: Stored<IdempotencyRecord>) {
    return this.store.replace({ ...wanted, etag }).catch(inFlight);
  }

  private async executed(
    claim: Stored<IdempotencyRecord>,
    execute: () => Promise<HttpResponseInit>,
  ): Promise<HttpResponseInit> {
    try {
      return await execute();
    } catch (error) {
      await this.store.delete(claim);
      throw error;
    }
  }

  private recordOf({ tenantId, operation, payload }: IdempotentRequest): IdempotencyRecord {
    const now = this.now().getTime();
    return {
      tenantId,
      id: hashOf([tenantId, ...operation]),
      payloadHash: hashOf(payload),
      leaseExpiresAt: new Date(now + leaseInMs).toISOString(),
      expiresAt: new Date(now + ttlMs).toISOString(),
    };
  }
}

const hashOf = (value: unknown) => createHash('sha256').update(JSON.stringify(value)).digest('hex');

/** Whoever loses the race for a key is told so; what else went wrong is not ours to rename. */
function inFlight(error?: unknown): never {
  if (error && !(error instanceof ConflictError) && !(error instanceof StaleError)) throw error;
  throw new ConflictError(
    'idempotency_in_flight',
    'The first request with this Idempotency-Key is still at work.',
  );
}

const toStoredResponse = (answer: HttpResponseInit): StoredResponse => ({
  status: answer.status ?? 200,
  headers: (answer.headers ?? {}) as Record<string, string>,
  ...(answer.jsonBody !== undefined && { body: JSON.stringify(answer.jsonBody) }),
});

const replayed = ({ status, headers, body }: StoredResponse): HttpResponseInit => ({
  status,
  headers: { ...headers, 'Idempotency-Replayed': 'true' },
  ...(body !== undefined && { jsonBody: JSON.parse(body) as unknown }),
});
