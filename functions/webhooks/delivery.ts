/** A delivery: one event for one webhook, with its attempts and the time of the next one. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { EventType, RecordedEvent } from '../events/event';
import { toEventResponse } from '../events/event-response';
import { ulid } from '../storage/ulid';
import { verdictOf } from './receivers/receiver-verdict';
import type { Webhook } from './webhook';

export const deliveryAttempt = z.object({
  at: z.string(),
  durationMs: z.int(),
  /** HTTP status of the receiver. Absent if there was no response. */
  status: z.int().exactOptional(),
  /** Code of the failure. Present if there was no response. */
  error: z.string().exactOptional(),
  /** Wait that the receiver asked for in Retry-After. */
  retryAfterMs: z.int().exactOptional(),
});
export type DeliveryAttempt = Readonly<z.infer<typeof deliveryAttempt>>;

export const deliveryStatus = z.enum(['pending', 'delivered', 'failed']);

export interface Delivery {
  readonly tenantId: string;
  readonly webhookId: string;
  /** A ULID with the time of the event, so deliveries sort as their events do. */
  readonly id: string;
  readonly event: { readonly id: string; readonly type: EventType };
  /** Request body of every attempt; the signature covers exactly these characters. */
  readonly body: string;
  readonly status: z.infer<typeof deliveryStatus>;
  /** Number of redeliveries that were requested; 0 for the original delivery. */
  readonly redelivery: number;
  /** Attempts of the current redelivery. */
  readonly attemptCount: number;
  /** Latest attempts of all redeliveries, oldest first. */
  readonly attempts: readonly DeliveryAttempt[];
  readonly createdAt: string;
  readonly retryAt?: string;
  readonly finishedAt?: string;
}

/** A delivery before its first attempt. An event has one delivery per webhook. */
export function deliveryOf(
  event: RecordedEvent,
  { tenantId, id: webhookId }: Pick<Webhook, 'tenantId' | 'id'>,
  now: Date,
): Delivery {
  return {
    tenantId,
    webhookId,
    id: deliveryIdOf(event, webhookId),
    event: { id: event.id, type: event.type },
    body: JSON.stringify(toEventResponse(event)),
    status: 'pending',
    redelivery: 0,
    attemptCount: 0,
    attempts: [],
    createdAt: now.toISOString(),
  };
}

/** Derived from event and webhook, so creating a delivery is idempotent. */
function deliveryIdOf({ id, at }: RecordedEvent, webhookId: string): string {
  const entropy = createHash('sha256').update(`${id}|${webhookId}`).digest();
  return ulid(new Date(at), entropy);
}

/** Input of the orchestration: small plain JSON without secrets. */
export interface DeliveryTarget {
  readonly tenantId: string;
  readonly webhookId: string;
  readonly deliveryId: string;
  readonly redelivery: number;
}

/** `attempt` is the number of the attempt within its redelivery, from 1. */
export type DeliveryStepInput = DeliveryTarget & { readonly attempt: number };

/** Without `retryAt` the delivery has no further attempt. */
export interface NextAttempt {
  readonly retryAt?: string;
}

export const deliveryInstanceId = ({ deliveryId, redelivery }: DeliveryTarget): string =>
  `webhook-${deliveryId}-${redelivery}`;

export const deliveryTargetOf = (delivery: Delivery): DeliveryTarget => {
  const { tenantId, webhookId, id: deliveryId, redelivery } = delivery;
  return { tenantId, webhookId, deliveryId, redelivery };
};

/** Triples from ten seconds to six hours: twelve attempts in a little more than a day. */
const retryDelaysSeconds = [
  10, 30, 90, 270, 810, 2_430, 7_290, 21_600, 21_600, 21_600, 21_600,
] as const;
const maxStoredAttempts = 30;
/** A receiver may delay the next attempt as long as the longest of our own pauses. */
const maxRetryAfterMs = 1_000 * retryDelaysSeconds.at(-1)!;

export const isAccepted = (attempt: DeliveryAttempt): boolean =>
  verdictOf(attempt.status) === 'accepted';

/** With `final` the delivery fails even if retries remain. */
export function withAttempt(
  delivery: Delivery,
  attempt: DeliveryAttempt,
  { final = false }: { readonly final?: boolean } = {},
): Delivery {
  const { retryAt: _retryAt, ...others } = delivery;
  const attempted = {
    ...others,
    attemptCount: delivery.attemptCount + 1,
    attempts: [...delivery.attempts, attempt].slice(-maxStoredAttempts),
  };
  if (isAccepted(attempt)) return { ...attempted, status: 'delivered', finishedAt: attempt.at };
  const isLast = final || verdictOf(attempt.status) === 'gone';
  const delaySeconds = isLast ? undefined : retryDelaysSeconds[delivery.attemptCount];
  if (delaySeconds === undefined) return { ...attempted, status: 'failed', finishedAt: attempt.at };
  const endedAtMs = Date.parse(attempt.at) + attempt.durationMs;
  const retryAfterMs = Math.min(attempt.retryAfterMs ?? 0, maxRetryAfterMs);
  const delayMs = Math.max(delaySeconds * 1_000, retryAfterMs);
  return { ...attempted, retryAt: new Date(endedAtMs + delayMs).toISOString() };
}

/** Makes the delivery pending again, with all its attempts to come. The first is due now. */
export function resetForRedelivery(delivery: Delivery, now: Date): Delivery {
  const { finishedAt: _finishedAt, ...others } = delivery;
  return {
    ...others,
    status: 'pending',
    redelivery: delivery.redelivery + 1,
    attemptCount: 0,
    retryAt: now.toISOString(),
  };
}

/** Whether a redelivery was requested that has made no attempt yet. */
export const isAwaitingRedelivery = ({ status, redelivery, attemptCount }: Delivery): boolean =>
  status === 'pending' && redelivery > 0 && attemptCount === 0;

/** Longer than an orchestration pauses when our own storage fails. */
const overdueAfterMs = 3_600_000;

/** Time of the next attempt of a pending delivery. */
export const dueAtOf = ({ retryAt, createdAt }: Pick<Delivery, 'retryAt' | 'createdAt'>): string =>
  retryAt ?? createdAt;

/** Whether the orchestration of a pending delivery may be lost. */
export const isOverdue = (dueAt: string, now: Date): boolean =>
  Date.parse(dueAt) < now.getTime() - overdueAfterMs;
