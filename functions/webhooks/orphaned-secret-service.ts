/**
 * Removes secrets that no webhook needs. A secret is stored before the row that refers to it, so a
 * process that dies in between leaves it behind. A version that was replaced stays for a time, since
 * deliveries under way may use it.
 */
import { forEachConcurrently } from '../concurrency/for-each-concurrently';
import type { SecretStore } from '../secrets/ports';
import type { SecretVersion } from '../secrets/secret-version';
import type { WebhookStore } from './ports';
import type { Webhook } from './webhook';
import { parseWebhookSecretName, versionsInUse, webhookSecretPrefix } from './webhook-secrets';

/** Far longer than it takes to create or change a webhook, or to make an attempt. */
const orphanedAfterMs = 3_600_000;
const maxConcurrentSecrets = 8;

export interface RemovedSecrets {
  /** Deleted with all their versions. */
  readonly deletedCount: number;
  /** Versions of webhooks that were replaced or whose overlap ended. */
  readonly disabledCount: number;
}

type Secrets = Pick<SecretStore, 'listNames' | 'listVersions' | 'delete' | 'disable'>;

export class OrphanedSecretService {
  constructor(
    private readonly store: Pick<WebhookStore, 'listAll'>,
    private readonly secretStore: Secrets,
    private readonly now: () => Date,
  ) {}

  /**
   * Webhooks are listed first: a secret of a webhook that is created or changed later is young. If a
   * list fails, the error is thrown and nothing more is removed.
   */
  async removeOrphanedSecrets(): Promise<RemovedSecrets> {
    const webhooks = new Map<string, Webhook>();
    for await (const webhook of this.store.listAll()) webhooks.set(webhook.id, webhook);
    let deletedCount = 0;
    let disabledCount = 0;
    await forEachConcurrently(
      this.secretStore.listNames(webhookSecretPrefix),
      maxConcurrentSecrets,
      async (name) => {
        const parsed = parseWebhookSecretName(name);
        if (!parsed) return;
        const webhook = webhooks.get(parsed.webhookId);
        const versions = await this.secretStore.listVersions(name);
        if (webhook) {
          const needed = versionsInUse(webhook, parsed.kind, this.now());
          disabledCount += await this.disable(name, versions, needed);
        } else if (versions.every((version) => this.isOld(version))) {
          await this.secretStore.delete(name);
          deletedCount++;
        }
      },
    );
    return { deletedCount, disabledCount };
  }

  private async disable(
    name: string,
    versions: readonly SecretVersion[],
    needed: readonly string[],
  ): Promise<number> {
    const unneeded = versions.filter(
      (each) => each.enabled && !needed.includes(each.version) && this.isOld(each),
    );
    for (const { version } of unneeded) await this.secretStore.disable(name, version);
    return unneeded.length;
  }

  private isOld({ createdAt }: SecretVersion): boolean {
    return createdAt.getTime() < this.now().getTime() - orphanedAfterMs;
  }
}
