/** Removes secrets that no receiver needs, and receivers of connectors that do not exist any more. */
import type { ConnectorStore } from '../../connectors/ports';
import type {
  OrphanedSecretRemoval,
  RemovedSecrets,
  SecretUse,
} from '../../secrets/orphaned-secret-removal';
import type { TargetStore } from '../ports';
import { parseTargetSecretName, targetSecretPrefix } from './target-secrets';
import type { TargetService } from './target-service';

interface Stores {
  readonly targetStore: Pick<TargetStore, 'get'>;
  readonly connectorStore: Pick<ConnectorStore, 'get'>;
}

export class OrphanedTargetSecretService {
  constructor(
    private readonly stores: Stores,
    private readonly targets: Pick<TargetService, 'deleteRows'>,
    private readonly secrets: Pick<OrphanedSecretRemoval, 'remove'>,
  ) {}

  removeOrphanedSecrets(): Promise<RemovedSecrets> {
    return this.secrets.remove(
      targetSecretPrefix,
      (name) => this.useOf(name),
      (name) => this.deleteRows(name),
    );
  }

  private async useOf(name: string): Promise<SecretUse> {
    const key = parseTargetSecretName(name);
    if (!key) return 'unknown';
    const target = await this.stores.targetStore.get(key);
    if (!target?.receiver) return 'none';
    // A request may have set the receiver while the connector was being deleted.
    if (!(await this.stores.connectorStore.get(key))) return 'none';
    return { versions: [target.receiver.secretVersion] };
  }

  /** The rows have no other list, so they are deleted while the name of the secret leads to them. */
  private async deleteRows(name: string): Promise<void> {
    const key = parseTargetSecretName(name);
    if (key && !(await this.stores.connectorStore.get(key))) await this.targets.deleteRows(key);
  }
}
