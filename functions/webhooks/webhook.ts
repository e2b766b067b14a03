/** A webhook: the address of a customer that receives events, and when it is disabled. */
import { z } from 'zod';
import type { Person } from '../events/actor';
import { subscribableEventType, type RecordedEvent } from '../events/event';

/** `*` subscribes to all event types, including those that are added later. */
export const subscription = z.union([z.literal('*'), subscribableEventType]);

export interface Webhook {
  readonly tenantId: string;
  readonly id: string;
  readonly url: string;
  readonly events: readonly z.infer<typeof subscription>[];
  readonly description?: string;
  readonly enabled: boolean;
  /** Set if the webhook was disabled because its deliveries failed, and not by a person. */
  readonly disabledReason?: 'failing';
  /** Time of the first failed delivery since the last success. */
  readonly failingSince?: string;
  /** Name and version of the signing secret in the secret store. */
  readonly secret: { readonly name: string; readonly version: string };
  /** Counts changes of what a person can see and set; the strong ETag is `"v<version>"`. */
  readonly version: number;
  readonly createdAt: string;
  readonly createdBy: Person;
  readonly updatedAt: string;
}

export const webhookEtag = ({ version }: Webhook): string => `"v${version}"`;

export const secretNameOf = (webhookId: string): string => `wh-${webhookId}-secret`;

/** Inverse of `secretNameOf`. Undefined for the name of any other secret. */
export const webhookIdOfSecret = (name: string): string | undefined =>
  /^wh-(.+)-secret$/.exec(name)?.[1];

/** Events about webhooks and events older than the webhook are never sent. */
export function isSubscribed(
  { enabled, events, createdAt }: Webhook,
  { type, at }: Pick<RecordedEvent, 'type' | 'at'>,
): boolean {
  const matches = events.includes('*') || events.some((subscribed) => subscribed === type);
  return enabled && matches && at >= createdAt && !type.startsWith('webhook.');
}

const disableAfterMs = 5 * 86_400_000;

export function recordSuccess(webhook: Webhook): Webhook {
  if (webhook.failingSince === undefined) return webhook;
  const { failingSince: _failingSince, ...healthy } = webhook;
  return healthy;
}

/** Disables the webhook after five days without a successful delivery. */
export function recordFailure(webhook: Webhook, now: Date): Webhook {
  const { failingSince } = webhook;
  if (failingSince === undefined) return { ...webhook, failingSince: now.toISOString() };
  if (!webhook.enabled || now.getTime() - Date.parse(failingSince) < disableAfterMs) return webhook;
  return withNextVersion({ ...webhook, enabled: false, disabledReason: 'failing' }, now);
}

export interface WebhookChange {
  readonly enabled?: boolean | undefined;
  readonly events?: Webhook['events'] | undefined;
  /** `null` removes the description. */
  readonly description?: string | null | undefined;
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
      ...(change.enabled === undefined && disabledReason && { disabledReason }),
    },
    now,
  );
}

const withNextVersion = (webhook: Webhook, now: Date): Webhook => ({
  ...webhook,
  version: webhook.version + 1,
  updatedAt: now.toISOString(),
});
