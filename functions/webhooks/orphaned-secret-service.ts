/**
 * Removes secrets that no webhook needs. A version that was replaced stays for a time, since
 * deliveries under way may use it.
 */
import type { OrphanedSecretRemoval, RemovedSecrets } from '../secrets/orphaned-secret-removal';
import type { WebhookStore } from './ports';
import type { Webhook } from './webhook';
import { parseWebhookSecretName, versionsInUse, webhookSecretPrefix } from './webhook-secrets';

export class OrphanedSecretService {
  constructor(
    private readonly store: Pick<WebhookStore, 'listAll'>,
    private readonly secrets: Pick<OrphanedSecretRemoval, 'remove'>,
    private readonly now: () => Date,
  ) {}

  /** Webhooks are listed first: a secret of a webhook that is created or changed later is young. */
  async removeOrphanedSecrets(): Promise<RemovedSecrets> {
    const webhooks = new Map<string, Webhook>();
    for await (const webhook of this.store.listAll()) webhooks.set(webhook.id, webhook);
    return this.secrets.remove(webhookSecretPrefix, (name) => {
      const parsed = parseWebhookSecretName(name);
      if (!parsed) return 'unknown';
      const webhook = webhooks.get(parsed.webhookId);
      return webhook ? { versions: versionsInUse(webhook, parsed.kind, this.now()) } : 'none';
    });
  }
}
