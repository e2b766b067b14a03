/** Ends interrupted work: deletions of connections, and journals of requests whose worker died. */
import { logFailure } from '../../errors/log-failure';
import type { Hooks } from '../directory/commit-service';
import type { DirectoryKey } from '../directory/directory';
import type { JournalService } from '../directory/journal-service';
import type { ConnectionStore, DirectoryStore, RequestLogStore } from '../ports';
import { isDeleting, type ProvisioningConnection } from './connection';

/** A request completes its own journal within this time, or its worker has died. */
const journalGraceMs = 5 * 60_000;
const requestDays = 7;

export interface MaintenanceResult {
  readonly deletedConnections: number;
  readonly completedJournals: number;
  readonly failedConnections: number;
}

export class ConnectionMaintenanceService {
  constructor(
    private readonly connections: ConnectionStore,
    private readonly directory: DirectoryStore,
    private readonly requests: RequestLogStore,
    private readonly journals: JournalService,
    private readonly hooks: () => Hooks,
    private readonly now: () => Date,
  ) {}

  /** Of all tenants. A connection that fails does not stop the others. Safe to repeat. */
  async maintain(): Promise<MaintenanceResult> {
    const result = { deletedConnections: 0, completedJournals: 0, failedConnections: 0 };
    const journalsBefore = new Date(this.now().getTime() - journalGraceMs);
    for await (const key of this.connections.listKeys())
      try {
        result.completedJournals += await this.journals.completeAll(key, journalsBefore);
        if (await this.endDeletion(key)) result.deletedConnections++;
      } catch (error) {
        result.failedConnections++;
        logFailure('provisioning_connection.maintenance_failed', error, { ...key });
      }
    return result;
  }

  /** Yields checkpoints. */
  deleteOldRequests(checkpoint?: string): AsyncIterable<string> {
    const before = new Date(this.now().getTime() - requestDays * 86_400_000);
    return this.requests.deleteBefore(before, checkpoint);
  }

  private async endDeletion(key: DirectoryKey): Promise<boolean> {
    const connection = await this.connections.get(key);
    if (!connection || !isDeleting(connection)) return false;
    const { access } = this.hooks();
    if (access && !(await access.release(key))) return false;
    await this.directory.purge(key);
    await this.requests.deleteOfConnection(key);
    await this.deleteTokens(key, connection);
    await this.connections.delete(key);
    return true;
  }

  private async deleteTokens(key: DirectoryKey, { tokens }: ProvisioningConnection): Promise<void> {
    for (const { id } of tokens) await this.connections.deleteTokenOwner(id);
    await this.connections.deleteTokenUses(key);
  }
}
