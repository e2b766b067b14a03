/** Deletes a hidden connector part by part. Every method may run twice. */
import type { DurableClient } from '../durable/ports';
import { UpstreamError } from '../errors/app-error';
import { logFailure } from '../errors/log-failure';
import type { ConnectorKey } from '../storage/connector-key';
import { deletionInstanceId } from './deletion-instance';
import type { ConnectorDependent, ConnectorStore } from './ports';
import type { SecretRemovalService } from './secret-removal-service';

export class DeletionService {
  constructor(
    private readonly store: Pick<ConnectorStore, 'get' | 'delete'>,
    private readonly secretRemovals: Pick<SecretRemovalService, 'removeAll'>,
    private readonly dependents: () => readonly ConnectorDependent[],
  ) {}

  /**
   * Starts the deletion of a connector that is hidden. The request was carried out, so a failure is
   * logged; reconcileConnectors starts the deletion within an hour.
   */
  async start(connector: ConnectorKey, durableClient: Pick<DurableClient, 'start'>): Promise<void> {
    const instanceId = deletionInstanceId(connector.connectorId);
    await durableClient
      .start('purgeConnector', instanceId, connector)
      .catch((error: unknown) => logFailure('deletion.start_failed', error, { instanceId }));
  }

  /** Throws a retryable UpstreamError if Key Vault does not confirm the deletion. */
  async deleteSecrets(key: ConnectorKey): Promise<void> {
    const connector = await this.store.get(key);
    if (connector) await this.secretRemovals.removeAll(connector);
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
