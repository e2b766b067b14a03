/** What the door keeps between requests. Every method is told the tenant first. */
import type { Stored } from '../storage/stored';

/** One use of an Idempotency-Key: who is executing it until when, and what came of it. */
export interface IdempotencyRecord {
  readonly tenantId: string;
  /** Hash of the caller, the operation and the key: none of them is kept. */
  readonly id: string;
  /** Hash of what was asked, so that another payload is noticed. */
  readonly payloadHash: string;
  /** Until then the first request may still be at work; after that it is taken for dead. */
  readonly leaseExpiresAt: string;
  readonly expiresAt: string;
  readonly response?: StoredResponse;
}

export interface StoredResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON as it went over the wire; absent when there was none. */
  readonly body?: string;
}

export interface IdempotencyStore {
  get(tenantId: string, id: string): Promise<Stored<IdempotencyRecord> | undefined>;
  /** Throws ConflictError when there is a record of this id. */
  create(record: IdempotencyRecord): Promise<Stored<IdempotencyRecord>>;
  /** Throws StaleError when somebody replaced or deleted it since it was read. */
  replace(record: Stored<IdempotencyRecord>): Promise<Stored<IdempotencyRecord>>;
  /** Succeeds when it is gone, or somebody else's by now. */
  delete(record: Stored<IdempotencyRecord>): Promise<void>;
  deleteExpired(now: Date): Promise<void>;
}

/** Requests counted in windows of time, which are numbered from the epoch on. */
export interface RateLimitWindow {
  readonly tenantId: string;
  readonly limit: string;
  readonly subject: string;
  readonly window: number;
  readonly windowEndsAt: Date;
}

export interface RateLimitStore {
  /** Counts one more and gives the sum; a full window is not counted on, and gives one more than the quota. */
  increment(count: RateLimitWindow, quota: number): Promise<number>;
  deleteExpired(now: Date): Promise<void>;
}
