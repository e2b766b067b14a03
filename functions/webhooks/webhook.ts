/** An address of a customer's own that is told what happens, and the rules of when it is not told any more. */
import type { SubscribableEventType, Doer, RecordedEvent } from '../events/event';

export interface Webhook {
  readonly tenantId: string;
  readonly id: string;
  readonly url: string;
  /** `*` means all there are, now and later. */
  readonly events: readonly (SubscribableEventType | '*')[];
  readonly description?: string;
  readonly enabled: boolean;
  /** Why it is disabled, when nobody asked for it. */
  readonly disabledReason?: 'failing';
  /** Since when no delivery has succeeded; absent while all is well. */
  readonly failingSince?: string;
  /** Where the signing secret lies; never the secret. */
  readonly secret: { readonly name: string; readonly version: string };
  /** Counts changes by people; the strong ETag is `"v<version>"`. */
  readonly version: number;
  readonly createdAt: string;
  readonly createdBy: Exclude<Doer, 'system'>;
  readonly updatedAt: string;
}

export const webhookEtag = ({ version }: Webhook): string => `"v${version}"`;

/** The reverse of it; nothing for the name of another secret. */
export const webhookOfSecret = (name: string): string | undefined =>
  /^wh-(.+)-secret$/.exec(name)?.[1];

export const secretNameOf = (webhookId: string): string => `wh-${webhookId}-secret`;

/** Webhooks are not told about webhooks, nor of what happened before they were there. */
export function wants(
  { enabled, events, createdAt }: Webhook,
  { type, at }: Pick<RecordedEvent, 'type' | 'at'>,
): boolean {
  const asked = events.includes('*') || events.some((wanted) => wanted === type);
  return enabled && asked && at >= createdAt && !type.startsWith('webhook.');
}

const disableAfterMs = 5 * 86_400_000;

export function succeeded(webhook: Webhook): Webhook {
  if (webhook.failingSince === undefined) return webhook;
  const { failingSince: _over, ...well } = webhook;
  return well;
}

/** An address that took nothing for five days is left alone until somebody enables it again. */
export function failed(webhook: Webhook, now: Date): Webhook {
  const { failingSince } = webhook;
  if (failingSince === undefined) return { ...webhook, failingSince: now.toISOString() };
  if (!webhook.enabled || now.getTime() - Date.parse(failingSince) < disableAfterMs) return webhook;
  return changed({ ...webhook, enabled: false, disabledReason: 'failing' }, now);
}

export interface WebhookChange {
  readonly enabled?: boolean | undefined;
  readonly events?: Webhook['events'] | undefined;
  /** `null` removes it. */
  readonly description?: string | null | undefined;
}

/** Whatever a person sets begins anew: past failures do not count. */
export function edited(webhook: Webhook, change: WebhookChange, now: Date): Webhook {
  const { failingSince: _since, disabledReason: _because, description, ...kept } = webhook;
  const text = change.description === undefined ? description : change.description;
  return changed(
    {
      ...kept,
      ...(text != null && { description: text }),
      enabled: change.enabled ?? webhook.enabled,
      events: change.events ?? webhook.events,
      ...(change.enabled === undefined &&
        webhook.disabledReason && { disabledReason: webhook.disabledReason }),
    },
    now,
  );
}

const changed = (webhook: Webhook, now: Date): Webhook => ({
  ...webhook,
  version: webhook.version + 1,
  updatedAt: now.toISOString(),
});
