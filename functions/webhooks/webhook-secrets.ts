/**
 * What is secret about a webhook, in the secret store: its address, because query and path may be
 * credentials, and its signing secrets. Rows hold the versions.
 */
import type { SecretStore } from '../secrets/ports';
import type { Secret } from '../secrets/secret';
import { signingVersions } from './signing-secrets';
import type { Webhook } from './webhook';

const kinds = ['secret', 'url'] as const;
export type WebhookSecretKind = (typeof kinds)[number];

const nameOf = (webhookId: string, kind: WebhookSecretKind): string => `wh-${webhookId}-${kind}`;

/** Prefix of all names. */
export const webhookSecretPrefix = 'wh-';

/** Inverse of the naming. Undefined for the name of any other secret. */
export function parseWebhookSecretName(
  name: string,
): { readonly webhookId: string; readonly kind: WebhookSecretKind } | undefined {
  const [, webhookId, kind] = /^wh-(.+)-(secret|url)$/.exec(name) ?? [];
  if (webhookId === undefined) return undefined;
  return { webhookId, kind: kind === 'url' ? kind : 'secret' };
}

/** Versions of this kind that the webhook still needs. */
export const versionsInUse = (webhook: Webhook, kind: WebhookSecretKind, now: Date) =>
  kind === 'url' ? [webhook.address.version] : signingVersions(webhook, now);

export class WebhookSecrets {
  constructor(
    private readonly store: Pick<SecretStore, 'put' | 'get' | 'disable' | 'delete'>,
    private readonly now: () => Date,
  ) {}

  /** Returns the version. */
  put(webhookId: string, kind: WebhookSecretKind, value: Secret): Promise<string> {
    return this.store.put(nameOf(webhookId, kind), value, { contentType: 'text/plain' });
  }

  async getUrl({ id, address }: Webhook): Promise<string> {
    return (await this.store.get(nameOf(id, 'url'), address.version)).reveal();
  }

  /** The secrets that sign a delivery now, newest first. */
  getSigningSecrets(webhook: Webhook): Promise<Secret[]> {
    const name = nameOf(webhook.id, 'secret');
    const versions = signingVersions(webhook, this.now());
    return Promise.all(versions.map((version) => this.store.get(name, version)));
  }

  /** Makes a version unusable that no row refers to. */
  disable(webhookId: string, kind: WebhookSecretKind, version: string): Promise<void> {
    return this.store.disable(nameOf(webhookId, kind), version);
  }

  async deleteAll(webhookId: string): Promise<void> {
    for (const kind of kinds) await this.store.delete(nameOf(webhookId, kind));
  }
}
