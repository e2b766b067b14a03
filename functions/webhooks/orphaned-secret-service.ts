/**
 * Deletes signing secrets without a webhook. A secret is stored before its webhook, so a process
 * that dies in between leaves the secret behind.
 */
import { forEachConcurrently } from '../concurrency/for-each-concurrently';
import type { SecretStore } from '../secrets/ports';
import type { WebhookStore } from './ports';
import { webhookIdOfSecret } from './webhook';

/** Far longer than the creation of a webhook takes. */
const orphanedAfterMs = 3_600_000;
const maxConcurrentSecrets = 8;

export class OrphanedSecretService {
  constructor(
    private readonly store: Pick<WebhookStore, 'listIds'>,
    private readonly secretStore: Pick<SecretStore, 'listNames' | 'listVersions' | 'delete'>,
    private readonly now: () => Date,
  ) {}

  /**
   * Returns the number of deleted secrets. Webhooks are listed first: the secret of a webhook that
   * is created later is young. If a list fails, the error is thrown and nothing more is deleted.
   */
  async deleteOrphanedSecrets(): Promise<number> {
    const webhookIds = new Set<string>();
    for await (const id of this.store.listIds()) webhookIds.add(id);
    const youngFrom = this.now().getTime() - orphanedAfterMs;
    let deletedCount = 0;
    await forEachConcurrently(
      this.secretStore.listNames('wh-'),
      maxConcurrentSecrets,
      async (name) => {
        const id = webhookIdOfSecret(name);
        if (id === undefined || webhookIds.has(id)) return;
        const versions = await this.secretStore.listVersions(name);
        if (versions.some(({ createdAt }) => createdAt.getTime() >= youngFrom)) return;
        await this.secretStore.delete(name);
        deletedCount++;
      },
    );
    return deletedCount;
  }
}
