/**
 * Removes secrets that no receiver needs. A secret is stored before the row that refers to it, so a
 * process that dies in between leaves it behind.
 */
import { forEachConcurrently } from '../../concurrency/for-each-concurrently';
import type { SecretStore } from '../../secrets/ports';
import type { SecretVersion } from '../../secrets/secret-version';
import type { TargetStore } from '../ports';
import { parseTargetSecretName, targetSecretPrefix } from './target-secrets';

/** Far longer than it takes to set a receiver. */
const orphanedAfterMs = 3_600_000;
const maxConcurrentSecrets = 8;

type Secrets = Pick<SecretStore, 'listNames' | 'listVersions' | 'delete' | 'disable'>;

export class OrphanedTargetSecretService {
  constructor(
    private readonly targets: Pick<TargetStore, 'get'>,
    private readonly secrets: Secrets,
    private readonly now: () => Date,
  ) {}

  /** Returns the number of versions that were made unusable. */
  async removeOrphanedSecrets(): Promise<number> {
    let removed = 0;
    await forEachConcurrently(
      this.secrets.listNames(targetSecretPrefix),
      maxConcurrentSecrets,
      async (name) => {
        removed += await this.removeOf(name);
      },
    );
    return removed;
  }

  /** Versions are listed first: one that is stored later is not among them. */
  private async removeOf(name: string): Promise<number> {
    const key = parseTargetSecretName(name);
    if (!key) return 0;
    const versions = await this.secrets.listVersions(name);
    const target = await this.targets.get(key);
    if (!target?.receiver && versions.every((each) => this.isOld(each))) {
      await this.secrets.delete(name);
      return versions.length;
    }
    const unneeded = versions.filter(
      (each) =>
        each.enabled && each.version !== target?.receiver?.secretVersion && this.isOld(each),
    );
    for (const { version } of unneeded) await this.secrets.disable(name, version);
    return unneeded.length;
  }

  private isOld({ createdAt }: SecretVersion): boolean {
    return createdAt.getTime() < this.now().getTime() - orphanedAfterMs;
  }
}
