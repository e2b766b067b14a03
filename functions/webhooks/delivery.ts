/** One event for one webhook: every attempt to send it, and when the next one is due. */
import type { EventType } from '../events/event';

export interface Attempt {
  readonly at: string;
  readonly ms: number;
  /** What the address answered, if it did. */
  readonly status?: number;
  /** Why there was no answer, or nothing was sent at all. */
  readonly error?: string;
}

export type DeliveryStatus = 'pending' | 'delivered' | 'failed';

export interface Delivery {
  readonly tenantId: string;
  readonly webhookId: string;
  /** A ULID at the time of the event, so deliveries sort as events do. */
  readonly id: string;
  readonly event: { readonly id: string; readonly type: EventType };
  /** Exactly what is signed and sent, every time. */
  readonly body: string;
  readonly status: DeliveryStatus;
  /** Counts how often somebody asked for it to be sent anew. */
  readonly round: number;
  /** Attempts of this round. */
  readonly tried: number;
  /** The latest attempts of all rounds, oldest first. */
  readonly attempts: readonly Attempt[];
  readonly createdAt: string;
  readonly retryAt?: string;
  readonly finishedAt?: string;
}

/** What travels to the orchestration: plain, small, never a secret. */
export interface DeliveryTarget {
  readonly tenantId: string;
  readonly webhookId: string;
  readonly deliveryId: string;
  readonly round: number;
}

export type DeliveryStepInput = DeliveryTarget & { readonly attempt: number };

/** Without a time there is nothing more to do. */
export interface NextAttempt {
  readonly retryAt?: string;
}

export const instanceIdOf = ({ deliveryId, round }: DeliveryTarget): string =>
  `webhook-${deliveryId}-${round}`;

export const targetOf = ({ tenantId, webhookId, id, round }: Delivery): DeliveryTarget => ({
  tenantId,
  webhookId,
  deliveryId: id,
  round,
});

/** Threefold each time, from ten seconds to six hours: twelve attempts in a little more than a day. */
const waitsInSeconds = [
  10, 30, 90, 270, 810, 2_430, 7_290, 21_600, 21_600, 21_600, 21_600,
] as const;
const mostAttemptsKept = 30;

export const isAccepted = ({ status = 0 }: Attempt): boolean => status >= 200 && status < 300;

/** `final` ends the round, whatever is left of it. */
export function attempted(
  delivery: Delivery,
  attempt: Attempt,
  { final = false }: { readonly final?: boolean } = {},
): Delivery {
  const { retryAt: _past, ...rest } = delivery;
  const made = {
    ...rest,
    tried: delivery.tried + 1,
    attempts: [...delivery.attempts, attempt].slice(-mostAttemptsKept),
  };
  if (isAccepted(attempt)) return { ...made, status: 'delivered', finishedAt: attempt.at };
  const wait = final ? undefined : waitsInSeconds[delivery.tried];
  if (wait === undefined) return { ...made, status: 'failed', finishedAt: attempt.at };
  const from = Date.parse(attempt.at) + attempt.ms;
  return { ...made, retryAt: new Date(from + wait * 1_000).toISOString() };
}

/** Sent anew from the first attempt on. */
export function reopened(delivery: Delivery, round: number): Delivery {
  const { retryAt: _retryAt, finishedAt: _finishedAt, ...rest } = delivery;
  return { ...rest, status: 'pending', round, tried: 0 };
}
