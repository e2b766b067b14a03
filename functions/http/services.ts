/**
 * Composition of the request pipeline: services of every endpoint, and the ports that they need.
 */
import type { HttpRequest, InvocationContext } from '@azure/functions';
import { TtlCache } from '../concurrency/ttl-cache';
import type { DurableClient } from '../durable/ports';
import type { Caller } from './caller';
import type { HealthCheck } from './health';
import { Idempotency } from './idempotency';
import { Cursors, type CursorKey } from './paging';
import type { IdempotencyStore, RateLimitStore } from './ports';
import { RateLimiter } from './rate-limit';

export interface HttpServices {
  readonly now: () => Date;
  readonly authenticate: (request: HttpRequest) => Promise<Caller>;
  readonly durableClient: (context: InvocationContext) => DurableClient;
  readonly cursors: Cursors;
  readonly idempotency: Idempotency;
  readonly rateLimiter: RateLimiter;
  /** Origin under which browsers reach this app, without a trailing slash. */
  readonly publicUrl: string;
  /** Results of all checks, at most five seconds old. Never throws. */
  readonly checkHealth: () => Promise<readonly HealthCheck[]>;
}

export interface HttpPorts extends Pick<
  HttpServices,
  'now' | 'authenticate' | 'durableClient' | 'publicUrl' | 'checkHealth'
> {
  readonly idempotencyStore: IdempotencyStore;
  readonly rateLimitStore: RateLimitStore;
  /** Key that signs cursors. */
  readonly cursorKey: CursorKey;
}

const healthSharedMs = 5_000;

export function httpServices(ports: HttpPorts): HttpServices {
  const { now, authenticate, durableClient, publicUrl, checkHealth } = ports;
  const healthChecks = new TtlCache<readonly HealthCheck[]>(healthSharedMs, 1, now);
  return {
    now,
    authenticate,
    durableClient,
    publicUrl,
    // Anonymous callers ask as often as they like; the dependencies are asked once in five seconds.
    checkHealth: () => healthChecks.getOrLoad('health', checkHealth),
    cursors: new Cursors(ports.cursorKey, publicUrl),
    idempotency: new Idempotency(ports.idempotencyStore, now),
    rateLimiter: new RateLimiter(ports.rateLimitStore, now),
  };
}
