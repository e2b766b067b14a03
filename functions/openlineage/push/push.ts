/** How far the events of a connector are sent, and how the receiver answers. */
import { z } from 'zod';
import type { ConnectorKey } from '../../storage/connector-key';

const failure = z.object({
  at: z.string(),
  /** HTTP status of the receiver. Absent if there was no response. */
  status: z.int().exactOptional(),
  /** Code of the failure. Present if there was no response. */
  error: z.string().exactOptional(),
});
export type PushFailure = Readonly<z.infer<typeof failure>>;

export const pushState = z.object({
  generation: z.int(),
  /** Whether there may be something to send. */
  pending: z.boolean(),
  /** Counts the requests, so that none is lost that comes while an earlier one is worked on. */
  requests: z.int(),
  /** Earliest time of the next attempt. In the future while a worker sends. */
  dueAt: z.string(),
  /** In a row. */
  failures: z.int(),
  failingSince: z.string().exactOptional(),
  lastFailure: failure.exactOptional(),
  sentEvents: z.int(),
  /** Events that the receiver refused as such. They are not sent again. */
  rejectedEvents: z.int(),
  lastRejection: failure.exactOptional(),
  lastSentAt: z.string().exactOptional(),
});

export interface Push extends ConnectorKey, Readonly<z.infer<typeof pushState>> {}

export const newPush = (
  { tenantId, connectorId }: ConnectorKey,
  generation: number,
  now: Date,
): Push => ({
  tenantId,
  connectorId,
  generation,
  pending: true,
  requests: 1,
  dueAt: now.toISOString(),
  failures: 0,
  sentEvents: 0,
  rejectedEvents: 0,
});

/** A receiver that fails is tried again at its own time, also if more is requested. */
export const withRequest = (push: Push): Push => ({
  ...push,
  pending: true,
  requests: push.requests + 1,
});

/** Longer than a worker sends before it stores what it has sent. */
const claimMs = 120_000;

export const withClaim = (push: Push, now: Date): Push => ({
  ...push,
  dueAt: new Date(now.getTime() + claimMs).toISOString(),
});

export interface Sent {
  readonly accepted: number;
  readonly rejected: number;
  readonly lastRejection?: PushFailure | undefined;
}

/** `isComplete`: everything is sent that was known at the given request. */
export function withSent(
  push: Push,
  { accepted, rejected, lastRejection }: Sent,
  now: Date,
  { isComplete, request }: { readonly isComplete: boolean; readonly request: number },
): Push {
  const { failingSince: _since, lastFailure: _failure, ...healthy } = push;
  return {
    ...healthy,
    pending: !isComplete || push.requests !== request,
    dueAt: now.toISOString(),
    failures: 0,
    ...counts(push, accepted, rejected),
    ...(lastRejection && { lastRejection }),
    ...(accepted > 0 && { lastSentAt: now.toISOString() }),
  };
}

const firstPauseMs = 10_000;
const maxPauseMs = 3_600_000;
const maxRetryAfterMs = 6 * 3_600_000;

export function withFailure(
  push: Push,
  { accepted, rejected, lastRejection }: Sent,
  { retryAfterMs = 0, ...lastFailure }: PushFailure & { readonly retryAfterMs?: number },
): Push {
  const pauseMs = Math.min(maxPauseMs, firstPauseMs * 3 ** Math.min(push.failures, 10));
  const delayMs = Math.max(pauseMs, Math.min(retryAfterMs, maxRetryAfterMs));
  return {
    ...push,
    pending: true,
    dueAt: new Date(Date.parse(lastFailure.at) + delayMs).toISOString(),
    failures: push.failures + 1,
    failingSince: push.failingSince ?? lastFailure.at,
    lastFailure,
    ...counts(push, accepted, rejected),
    ...(lastRejection && { lastRejection }),
    ...(accepted > 0 && { lastSentAt: lastFailure.at }),
  };
}

const counts = ({ sentEvents, rejectedEvents }: Push, accepted: number, rejected: number) => ({
  sentEvents: sentEvents + accepted,
  rejectedEvents: rejectedEvents + rejected,
});
