/**
 * Finds what a process that died at the wrong moment left behind: versions of secrets that no connector points to, and
 * deletions that nobody goes on with.
 */
import { forEachConcurrently } from '../concurrency/for-each-concurrently';
import type { Stored } from '../storage/stored';
import { isDeleting } from './connection';
import type { Connector } from './connector';
import type { ConnectorService } from './connector-service';
import type { ConnectorStore, SecretStore } from './ports';

/** A secret is stored first and pointed to second; whoever has not done so after this long never will. */
const orphanedAfterInMs = 3_600_000;
const stuckAfterInMs = 10 * 60_000;
const width = 8;

export class ReconciliationService {
  constructor(
    private readonly connectors: Pick<ConnectorService, 'everywhere'>,
    private readonly store: Pick<ConnectorStore, 'get'>,
    private readonly vault: SecretStore,
    private readonly now: () => Date,
  ) {}

  /**
   * Gives the number of secrets it made unusable. Connectors are listed first: one that is made later has no version
   * that is old enough. A list that breaks off throws, and nothing is removed after that.
   */
  async deleteOrphanedSecrets(): Promise<number> {
    const tenants = new Map<string, string>();
    for await (const { id, tenantId } of this.connectors.everywhere()) tenants.set(id, tenantId);

    let removed = 0;
    await forEachConcurrently(this.vault.names('cn-'), width, async (name) => {
      const [, connectorId] = /^cn-(.+)-(?:secret|grant)$/.exec(name) ?? [];
      if (connectorId === undefined) return;
      removed += await this.removeOrphansOf(name, connectorId, tenants.get(connectorId));
    });
    return removed;
  }

  /** Connectors whose deletion began a while ago and whose row is still there. */
  async *stuckDeletions(): AsyncIterable<Stored<Connector>> {
    const before = this.now().getTime() - stuckAfterInMs;
    for await (const connector of this.connectors.everywhere())
      if (isDeleting(connector) && Date.parse(connector.updatedAt) < before) yield connector;
  }

  private async removeOrphansOf(name: string, connectorId: string, tenantId: string | undefined) {
    const before = this.now().getTime() - orphanedAfterInMs;
    const versions = await this.vault.versions(name);
    // Read after the versions: what is pointed to by now is no orphan.
    const connector = tenantId && (await this.store.get(tenantId, connectorId));
    if (!connector) {
      if (versions.some(({ createdAt }) => createdAt.getTime() >= before)) return 0;
      await this.vault.delete(name);
      return 1;
    }
    const { secret, grant } = connector.secrets;
    const inUse = new Set([secret, grant].map((ref) => ref?.name === name && ref.version));
    const orphans = versions.filter(
      ({ version, enabled, createdAt }) =>
        enabled && !inUse.has(version) && createdAt.getTime() < before,
    );
    for (const { version } of orphans) await this.vault.disable(name, version);
    return orphans.length;
  }
}
