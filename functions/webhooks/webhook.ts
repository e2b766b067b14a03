/** A webhook: the address of a customer that receives events, and when it is disabled. */
import { z } from 'zod';
import { ConflictError } from '../errors/app-error';
import type { Person } from '../events/actor';
import { subscribableEventType, type RecordedEvent } from '../events/event';
import type { ReceiverVerdict } from './receivers/receiver-verdict';

/** `*` subscribes to all event types, including those that are added later. */
export const subscription = z.union([z.literal('*'), subscribableEventType]);

/** Each event is matched with every webhook of its tenant, so their number is limited. */
const maxWebhooks = 20;

/** Throws ConflictError if the tenant has the maximum number of webhooks. */
export function assertRoomForWebhook(webhookCount: number): void {
  if (webhookCount >= maxWebhooks)
    throw new ConflictError(
      'too_many_webhooks',
      `The tenant has ${maxWebhooks} webhooks, which is the maximum. Delete one first.`,
    );
}

export const webhookAddress = z.object({
  /** The address without its query and the secret part of its path. */
  display: z.string(),
  /** Version of the whole address in the secret store. */
  version: z.string(),
  /** When the receiver confirmed that it expects our events. */
  confirmedAt: z.string(),
});

export const previousSecret = z.object({ version: z.string(), expiresAt: z.string() });

/** Answers of the receiver that disabled a webhook: failures for days, or status 410. */
export const disabledReason = z.enum(['failing', 'gone']);

export interface Webhook {
  readonly tenantId: string;
  readonly id: string;
  readonly address: Readonly<z.infer<typeof webhookAddress>>;
  readonly events: readonly z.infer<typeof subscription>[];
  readonly description?: string;
  readonly enabled: boolean;
  /** Set if the webhook was disabled because of answers of its receiver, and not by a person. */
  readonly disabledReason?: z.infer<typeof disabledReason>;
  /** Time of the first failed delivery since the last success. */
  readonly failingSince?: string;
  /** Version of the signing secret in the secret store. */
  readonly secretVersion: string;
  /** Signing secrets from before a rotation, which sign as well until they expire. */
  readonly previousSecrets: readonly Readonly<z.infer<typeof previousSecret>>[];
  /** Counts changes of what a person can see and set; the strong ETag is `"v<version>"`. */
  readonly version: number;
  readonly createdAt: string;
  readonly createdBy: Person;
  readonly updatedAt: string;
}

export const webhookEtag = ({ version }: Webhook): string => `"v${version}"`;

const isSubscribable = (type: string) => subscribableEventType.safeParse(type).success;

/** Events about webhooks, reads of agents and events older than the webhook are never sent. */
export function isSubscribed(
  { enabled, events, createdAt }: Webhook,
  { type, at }: Pick<RecordedEvent, 'type' | 'at'>,
): boolean {
  const matches = events.includes('*') || events.some((subscribed) => subscribed === type);
  return enabled && matches && at >= createdAt && isSubscribable(type);
}

const disableAfterMs = 5 * 86_400_000;

/**
 * The webhook after an answer of its receiver. Five days without a successful delivery disable it,
 * and so does a receiver that wants no more events.
 */
export function withVerdict(webhook: Webhook, verdict: ReceiverVerdict, now: Date): Webhook {
  const { failingSince, ...healthy } = webhook;
  if (verdict === 'accepted') return failingSince === undefined ? webhook : healthy;
  const since = failingSince ?? now.toISOString();
  const isOver = verdict === 'gone' || now.getTime() - Date.parse(since) >= disableAfterMs;
  if (webhook.enabled && isOver) {
    const reason = verdict === 'gone' ? 'gone' : 'failing';
    const disabled = {
      ...webhook,
      failingSince: since,
      enabled: false,
      disabledReason: reason,
    } as const;
    return withNextVersion(disabled, now);
  }
  return failingSince === undefined ? { ...webhook, failingSince: since } : webhook;
}

export interface WebhookChange {
  readonly enabled?: boolean | undefined;
  readonly events?: Webhook['events'] | undefined;
  /** `null` removes the description. */
  readonly description?: string | null | undefined;
  /** A confirmed address. */
  readonly address?: Webhook['address'] | undefined;
}

/** Applies a change by a person. Past failures no longer count. */
export function withChanges(webhook: Webhook, change: WebhookChange, now: Date): Webhook {
  const { failingSince: _since, disabledReason, description: oldDescription, ...others } = webhook;
  const description = change.description === undefined ? oldDescription : change.description;
  return withNextVersion(
    {
      ...others,
      ...(description != null && { description }),
      enabled: change.enabled ?? webhook.enabled,
      events: change.events ?? webhook.events,
      address: change.address ?? webhook.address,
      ...(change.enabled === undefined && disabledReason && { disabledReason }),
    },
    now,
  );
}

export const withNextVersion = (webhook: Webhook, now: Date): Webhook => ({
  ...webhook,
  version: webhook.version + 1,
  updatedAt: now.toISOString(),
});
