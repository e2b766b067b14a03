/** Deletes a hidden connector part by part. Every method may run twice. */
import { startStretch } from '../concurrency/stretch';
import type { DurableClient } from '../durable/ports';
import { logFailure } from '../errors/log-failure';
import type { ConnectorKey } from '../storage/connector-key';
import { deletionInstanceId } from './deletion-instance';
import type { ConnectorDependent, ConnectorStore } from './ports';
import type { SecretRemovalService } from './secret-removal-service';

/** Shorter than the time for which Durable hides the message of a step. */
const stretchMs = 40_000;

export class DeletionService {
  constructor(
    private readonly store: Pick<ConnectorStore, 'get' | 'delete'>,
    private readonly secretRemovals: Pick<SecretRemovalService, 'removeAll'>,
    private readonly dependents: () => readonly ConnectorDependent[],
    private readonly now: () => Date,
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

  /** True if Key Vault confirmed the removal of each secret. */
  async deleteSecrets(key: ConnectorKey): Promise<boolean> {
    const connector = await this.store.get(key);
    return !connector || (await this.secretRemovals.removeAll(connector));
  }

  /** Stops the work of the connector. True if none is running any more. */
  async isIdle(connector: ConnectorKey): Promise<boolean> {
    for (const dependent of this.dependents())
      if ((await dependent.stop?.(connector)) === false) return false;
    return true;
  }

  /** Deletes for a while. True if nothing is left; otherwise the next call goes on. */
  async deleteDependents(connector: ConnectorKey): Promise<boolean> {
    const stretch = startStretch(this.now, stretchMs);
    for (const dependent of this.dependents()) {
      await dependent.deleteConnector(connector, stretch);
      if (stretch.isOver) return false;
    }
    return true;
  }

  async deleteRow(connector: ConnectorKey): Promise<void> {
    await this.store.delete(connector);
  }
}
