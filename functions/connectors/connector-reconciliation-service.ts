/**
 * Repairs what a process that stopped half way leaves behind: versions of secrets that no connector
 * uses, and deletions that stopped.
 */
import { forEachConcurrently } from '../concurrency/for-each-concurrently';
import type { SecretStore } from '../secrets/ports';
import { connectorIdOfSecret, deviceCodePrefix } from '../secrets/secret-names';
import type { Stored } from '../storage/stored';
import { isDeleting } from './connection';
import type { Connector } from './connector';
import type { ConnectorService } from './connector-service';
import type { ConnectorStore } from './ports';

/** A new secret is stored before a connector refers to it. After this time it never will. */
const orphanedAfterMs = 3_600_000;
const stuckAfterMs = 10 * 60_000;
const maxConcurrentNames = 8;

export class ConnectorReconciliationService {
  constructor(
    private readonly connectors: Pick<ConnectorService, 'allTenants'>,
    private readonly store: Pick<ConnectorStore, 'get'>,
    private readonly secretStore: Pick<
      SecretStore,
      'listNames' | 'listVersions' | 'disable' | 'delete'
    >,
    private readonly now: () => Date,
  ) {}

  /**
   * Returns the number of secrets that were made unusable. Connectors are listed before secrets: a
   * connector created later has no version that is old enough. A list that fails throws, and
   * nothing is removed after that.
   */
  async deleteOrphanedSecrets(): Promise<number> {
    const tenants = new Map<string, string>();
    for await (const { id, tenantId } of this.connectors.allTenants()) tenants.set(id, tenantId);

    let removed = 0;
    const names = this.secretStore.listNames('cn-');
    await forEachConcurrently(names, maxConcurrentNames, async (name) => {
      const connectorId = connectorIdOfSecret(name);
      if (connectorId === undefined) return;
      removed += await this.removeOrphansOf(name, connectorId, tenants.get(connectorId));
    });
    return removed + (await this.deleteExpiredCodes());
  }

  /** Connectors whose deletion started a while ago and whose row still exists. */
  async *stuckDeletions(): AsyncIterable<Stored<Connector>> {
    const before = this.now().getTime() - stuckAfterMs;
    for await (const connector of this.connectors.allTenants())
      if (isDeleting(connector) && Date.parse(connector.updatedAt) < before) yield connector;
  }

  /** A device code is deleted when its session ends, unless Key Vault did not allow it then. */
  private async deleteExpiredCodes(): Promise<number> {
    const before = this.now().getTime() - orphanedAfterMs;
    let deleted = 0;
    const names = this.secretStore.listNames(deviceCodePrefix);
    await forEachConcurrently(names, maxConcurrentNames, async (name) => {
      const versions = await this.secretStore.listVersions(name);
      const isExpired = versions.every(
        ({ expiresAt }) => expiresAt && expiresAt.getTime() < before,
      );
      if (!isExpired || versions.length === 0) return;
      await this.secretStore.delete(name);
      deleted++;
    });
    return deleted;
  }

  private async removeOrphansOf(name: string, connectorId: string, tenantId: string | undefined) {
    const before = this.now().getTime() - orphanedAfterMs;
    const versions = await this.secretStore.listVersions(name);
    // Read after the versions: a version that the connector refers to by now is in use.
    const connector = tenantId && (await this.store.get({ tenantId, connectorId }));
    if (!connector) {
      if (versions.some(({ createdAt }) => createdAt.getTime() >= before)) return 0;
      await this.secretStore.delete(name);
      return 1;
    }
    const { secret, grant } = connector.secrets;
    const inUse = new Set([secret, grant].map((ref) => ref?.name === name && ref.version));
    const orphans = versions.filter(
      ({ version, enabled, createdAt }) =>
        enabled && !inUse.has(version) && createdAt.getTime() < before,
    );
    for (const { version } of orphans) await this.secretStore.disable(name, version);
    return orphans.length;
  }
}
