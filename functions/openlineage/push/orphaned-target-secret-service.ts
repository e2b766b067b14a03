/** Removes secrets that no receiver needs. */
import type { OrphanedSecretRemoval, RemovedSecrets } from '../../secrets/orphaned-secret-removal';
import type { TargetStore } from '../ports';
import { parseTargetSecretName, targetSecretPrefix } from './target-secrets';

export class OrphanedTargetSecretService {
  constructor(
    private readonly targets: Pick<TargetStore, 'get'>,
    private readonly secrets: Pick<OrphanedSecretRemoval, 'remove'>,
  ) {}

  removeOrphanedSecrets(): Promise<RemovedSecrets> {
    return this.secrets.remove(targetSecretPrefix, async (name) => {
      const key = parseTargetSecretName(name);
      if (!key) return 'unknown';
      const target = await this.targets.get(key);
      return target?.receiver ? { versions: [target.receiver.secretVersion] } : 'none';
    });
  }
}
