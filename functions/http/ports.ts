/** Stores of the request pipeline. Every method takes the tenant first or in its record. */
import type { Stored } from '../storage/stored';

/** One use of an Idempotency-Key: its lease while it is executed, then its response. */
export interface IdempotencyRecord {
  readonly tenantId: string;
  /** Hash of caller, operation and key. The key itself is not stored. */
  readonly id: string;
  /** Hash of the payload, to detect another payload under the same key. */
  readonly payloadHash: string;
  /** After this time the first request counts as dead if there is no response. */
  readonly leaseExpiresAt: string;
  readonly expiresAt: string;
  readonly response?: StoredResponse;
}

export interface StoredResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON text as it was sent; absent if the response had no body. */
  readonly body?: string;
}

export interface IdempotencyStore {
  get(tenantId: string, id: string): Promise<Stored<IdempotencyRecord> | undefined>;
  /** Throws ConflictError if the id exists. */
  create(record: IdempotencyRecord): Promise<Stored<IdempotencyRecord>>;
  /** Throws StaleError if the record was replaced or deleted since it was read. */
  replace(record: Stored<IdempotencyRecord>): Promise<Stored<IdempotencyRecord>>;
  /** Does nothing if the record does not exist or was replaced since it was read. */
  delete(record: Stored<IdempotencyRecord>): Promise<void>;
  /** Yields the key of each row that it deleted. */
  deleteExpired(now: Date): AsyncIterable<string>;
}

/** One window of a limit for one subject. Windows are numbered from the Unix epoch. */
export interface RateLimitWindow {
  readonly tenantId: string;
  readonly limit: string;
  readonly subject: string;
  readonly window: number;
  readonly windowEndsAt: Date;
}

export interface RateLimitStore {
  /**
   * Counts one request and returns the count. A full window is not written again; it returns the
   * quota plus one.
   */
  increment(window: RateLimitWindow, quota: number): Promise<number>;
  /** Yields the key of each row that it deleted. */
  deleteExpired(now: Date): AsyncIterable<string>;
}
