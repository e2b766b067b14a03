/**
 * Repairs what a process that stopped half way leaves behind: versions of secrets that no connector
 * uses, and deletions that stopped.
 */
import { forEachConcurrently } from '../concurrency/for-each-concurrently';
import type {
  OrphanedSecretRemoval,
  RemovedSecrets,
  SecretUse,
} from '../secrets/orphaned-secret-removal';
import type { SecretStore } from '../secrets/ports';
import { connectorIdOfSecret, deviceCodePrefix } from '../secrets/secret-names';
import type { Stored } from '../storage/stored';
import { isDeleting } from './connection';
import type { Connector } from './connector';
import type { ConnectorService } from './connector-service';
import { secretRefsOf } from './obsolete-secrets';
import type { ConnectorStore } from './ports';

/** Time after the end of a device code. */
const expiredAfterMs = 3_600_000;
const stuckAfterMs = 10 * 60_000;
const maxConcurrentNames = 8;

export class ConnectorReconciliationService {
  constructor(
    private readonly connectors: Pick<ConnectorService, 'allTenants'>,
    private readonly store: Pick<ConnectorStore, 'get'>,
    private readonly secretStore: Pick<SecretStore, 'listNames' | 'listVersions' | 'delete'>,
    private readonly orphanedSecrets: Pick<OrphanedSecretRemoval, 'remove'>,
    private readonly now: () => Date,
  ) {}

  /**
   * Connectors are listed before secrets: a connector created later has no version that is old enough.
   * A list that fails throws, and nothing is removed after that. While a row cannot be read, a secret
   * without a connector is left alone: it may be that of the row.
   */
  async deleteOrphanedSecrets(): Promise<RemovedSecrets> {
    const tenants = new Map<string, string>();
    let ifMissing: SecretUse = 'none';
    const connectors = this.connectors.allTenants(() => (ifMissing = 'unknown'));
    for await (const { id, tenantId } of connectors) tenants.set(id, tenantId);
    const removed = await this.orphanedSecrets.remove('cn-', (name) =>
      this.useOf(name, tenants, ifMissing),
    );
    const expired = await this.deleteExpiredCodes();
    return { ...removed, deletedCount: removed.deletedCount + expired };
  }

  /** Connectors whose deletion started a while ago and whose row still exists. */
  async *stuckDeletions(): AsyncIterable<Stored<Connector>> {
    const before = this.now().getTime() - stuckAfterMs;
    for await (const connector of this.connectors.allTenants())
      if (isDeleting(connector) && Date.parse(connector.updatedAt) < before) yield connector;
  }

  /** A device code is deleted when its session ends, unless Key Vault did not allow it then. */
  private async deleteExpiredCodes(): Promise<number> {
    const before = this.now().getTime() - expiredAfterMs;
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

  private async useOf(
    name: string,
    tenants: ReadonlyMap<string, string>,
    ifMissing: SecretUse,
  ): Promise<SecretUse> {
    const connectorId = connectorIdOfSecret(name);
    if (connectorId === undefined) return 'unknown';
    const tenantId = tenants.get(connectorId);
    if (tenantId === undefined) return ifMissing;
    const connector = await this.store.get({ tenantId, connectorId });
    if (!connector) return 'none';
    const refs = secretRefsOf(connector).filter((ref) => ref.name === name);
    return { versions: refs.map(({ version }) => version) };
  }
}
