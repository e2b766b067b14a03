/** Signing secrets of webhooks that never came to be: the secret is stored first, and a process may die before the rest. */
import { forEachConcurrently } from '../concurrency/for-each-concurrently';
import type { SecretStore } from '../connectors/ports';
import type { WebhookStore } from './ports';
import { webhookOfSecret } from './webhook';

/** Whoever has not stored its webhook by then never will. */
const orphanedAfterInMs = 3_600_000;
const width = 8;

export class OrphanedSecretService {
  constructor(
    private readonly store: Pick<WebhookStore, 'ids'>,
    private readonly vault: Pick<SecretStore, 'names' | 'versions' | 'delete'>,
    private readonly now: () => Date,
  ) {}

  /**
   * Gives the number of secrets it deleted. Webhooks are listed first: the secret of one that is made later is young. A
   * list that breaks off throws, and nothing is deleted after that.
   */
  async deleteOrphanedSecrets(): Promise<number> {
    const known = new Set<string>();
    for await (const id of this.store.ids()) known.add(id);
    const before = this.now().getTime() - orphanedAfterInMs;
    let removed = 0;
    await forEachConcurrently(this.vault.names('wh-'), width, async (name) => {
      const id = webhookOfSecret(name);
      if (id === undefined || known.has(id)) return;
      const versions = await this.vault.versions(name);
      if (versions.some(({ createdAt }) => createdAt.getTime() >= before)) return;
      await this.vault.delete(name);
      removed++;
    });
    return removed;
  }
}
