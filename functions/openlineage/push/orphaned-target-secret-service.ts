/** Removes secrets that no receiver needs, and receivers of connectors that do not exist any more. */
import type { ConnectorStore } from '../../connectors/ports';
import type {
  OrphanedSecretRemoval,
  RemovedSecrets,
  SecretUse,
} from '../../secrets/orphaned-secret-removal';
import type { SecretStore } from '../../secrets/ports';
import type { ConnectorKey } from '../../storage/connector-key';
import type { TargetStore } from '../ports';
import { parseTargetSecretName, targetSecretPrefix } from './target-secrets';
import type { TargetService } from './target-service';

interface Stores {
  readonly targetStore: Pick<TargetStore, 'get'>;
  readonly connectorStore: Pick<ConnectorStore, 'get'>;
  readonly secretStore: Pick<SecretStore, 'listVersions'>;
}

export class OrphanedTargetSecretService {
  constructor(
    private readonly stores: Stores,
    private readonly targets: Pick<TargetService, 'deleteConnector'>,
    private readonly secrets: Pick<OrphanedSecretRemoval, 'remove'>,
  ) {}

  async removeOrphanedSecrets(): Promise<RemovedSecrets> {
    const gone = new Map<string, ConnectorKey>();
    const removed = await this.secrets.remove(targetSecretPrefix, (name) => this.useOf(name, gone));
    // A mass removal may have been held.
    for (const [name, key] of gone)
      if ((await this.stores.secretStore.listVersions(name)).length === 0)
        await this.targets.deleteConnector(key);
    return removed;
  }

  private async useOf(name: string, gone: Map<string, ConnectorKey>): Promise<SecretUse> {
    const key = parseTargetSecretName(name);
    if (!key) return 'unknown';
    const target = await this.stores.targetStore.get(key);
    if (!target?.receiver) return 'none';
    // A request may have set the receiver while the connector was being deleted.
    if (await this.stores.connectorStore.get(key))
      return { versions: [target.receiver.secretVersion] };
    gone.set(name, key);
    return 'none';
  }
}
