/** What is left of a hidden connector, removed part by part. Every part may be removed twice; its row goes last. */
import { UpstreamError } from '../errors/app-error';
import { grantName, secretName } from '../secrets/secret-names';
import type { ConnectorDependent, ConnectorStore, SecretStore } from './ports';

export class DeletionService {
  constructor(
    private readonly store: Pick<ConnectorStore, 'delete'>,
    private readonly vault: Pick<SecretStore, 'delete'>,
    private readonly remains: readonly ConnectorDependent[],
  ) {}

  async deleteSecrets(connectorId: string): Promise<void> {
    for (const name of [secretName(connectorId), grantName(connectorId)])
      await this.vault.delete(name);
  }

  /** Throws, to be asked again, as long as something still writes for the connector. */
  async assertIdle(tenantId: string, connectorId: string): Promise<void> {
    for (const part of this.remains)
      if ((await part.stop?.(tenantId, connectorId)) === false)
        throw new UpstreamError('sync_still_running', 'A sync of it has not stopped yet.', true);
  }

  async deleteDependents(tenantId: string, connectorId: string): Promise<void> {
    for (const part of this.remains) await part.deleteConnector(tenantId, connectorId);
  }

  async deleteRow(tenantId: string, connectorId: string): Promise<void> {
    await this.store.delete(tenantId, connectorId);
  }
}
