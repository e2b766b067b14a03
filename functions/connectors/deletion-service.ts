/** Deletes a hidden connector part by part. Every method may run twice. */
import { UpstreamError } from '../errors/app-error';
import { grantName, secretName } from '../secrets/secret-names';
import type { SecretStore } from '../secrets/ports';
import type { ConnectorKey } from '../storage/connector-key';
import type { ConnectorDependent, ConnectorStore } from './ports';

export class DeletionService {
  constructor(
    private readonly store: Pick<ConnectorStore, 'delete'>,
    private readonly secretStore: Pick<SecretStore, 'delete'>,
    private readonly dependents: () => readonly ConnectorDependent[],
  ) {}

  async deleteSecrets({ connectorId }: ConnectorKey): Promise<void> {
    for (const name of [secretName(connectorId), grantName(connectorId)])
      await this.secretStore.delete(name);
  }

  /** Throws a retryable UpstreamError while work of the connector is still running. */
  async assertIdle(connector: ConnectorKey): Promise<void> {
    for (const dependent of this.dependents())
      if ((await dependent.stop?.(connector)) === false)
        throw new UpstreamError(
          'sync_still_running',
          'A sync run of the connector has not stopped yet. The deletion waits for it.',
          true,
        );
  }

  async deleteDependents(connector: ConnectorKey): Promise<void> {
    for (const dependent of this.dependents()) await dependent.deleteConnector(connector);
  }

  async deleteRow(connector: ConnectorKey): Promise<void> {
    await this.store.delete(connector);
  }
}
