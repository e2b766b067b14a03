/** Ends interrupted deletions and journals, and warns before the tokens of a connection end. */
import { logFailure } from '../../errors/log-failure';
import type { EventLog } from '../../events/ports';
import type { Stored } from '../../storage/stored';
import type { Hooks } from '../directory/commit-service';
import type { DirectoryKey } from '../directory/directory';
import type { JournalService } from '../directory/journal-service';
import type { ConnectionStore, DirectoryStore, RequestLogStore } from '../ports';
import {
  dueWarning,
  isDeleting,
  keyOf,
  withNextVersion,
  type ProvisioningConnection,
} from './connection';
import { connectionEvent } from './connection-events';

/** A request completes its own journal within this time, or its worker has died. */
const journalGraceMs = 5 * 60_000;
/** A request that was accepted before the deletion may write until then: the platform allows 230 s. */
const requestMs = 4 * 60_000;
const requestDays = 7;

export interface MaintenanceResult {
  readonly deletedConnections: number;
  readonly completedJournals: number;
  readonly expiryWarnings: number;
  readonly failedConnections: number;
}

export class ConnectionMaintenanceService {
  constructor(
    private readonly connections: ConnectionStore,
    private readonly directory: DirectoryStore,
    private readonly requests: RequestLogStore,
    private readonly journals: JournalService,
    private readonly events: EventLog,
    private readonly hooks: () => Hooks,
    private readonly now: () => Date,
  ) {}

  /** Of all tenants. A connection that fails does not stop the others. Safe to repeat. */
  async maintain(onFailure: (error: unknown) => void): Promise<MaintenanceResult> {
    const result = {
      deletedConnections: 0,
      completedJournals: 0,
      expiryWarnings: 0,
      failedConnections: 0,
    };
    const journalsBefore = new Date(this.now().getTime() - journalGraceMs);
    for await (const key of this.connections.listKeys())
      try {
        const connection = await this.connections.get(key);
        if (!connection) continue;
        if (isDeleting(connection)) {
          // Its journals go with its directory.
          result.deletedConnections += await this.endDeletion(connection);
          continue;
        }
        result.expiryWarnings += await this.warn(connection);
        result.completedJournals += await this.journals.completeAll(key, journalsBefore);
      } catch (error) {
        result.failedConnections++;
        logFailure('provisioning_connection.maintenance_failed', error, { ...key });
        onFailure(error);
      }
    return result;
  }

  /** Yields checkpoints. */
  deleteOldRequests(checkpoint?: string): AsyncIterable<string> {
    const before = new Date(this.now().getTime() - requestDays * 86_400_000);
    return this.requests.deleteBefore(before, checkpoint);
  }

  /** An expired token stops the provider unnoticed, so events tell 30, 14, 7 days and 1 day before. */
  private async warn(connection: Stored<ProvisioningConnection>): Promise<number> {
    const warned = dueWarning(connection, this.now());
    if (!warned) return 0;
    const next = withNextVersion({ ...connection, warned }, this.now());
    const event = connectionEvent(next, 'provisioning.token_expiring', 'system', warned);
    await this.events.commit([event], (messages) => this.connections.replace(next, messages));
    return 1;
  }

  private async endDeletion(connection: ProvisioningConnection): Promise<number> {
    const key = keyOf(connection);
    const { access } = this.hooks();
    if (access && !(await access.release(key))) return 0;
    if (this.now().getTime() - Date.parse(connection.deletingSince!) < requestMs) return 0;
    await this.directory.purge(key);
    await this.requests.deleteOfConnection(key);
    await this.deleteTokens(key, connection);
    await this.connections.delete(key);
    return 1;
  }

  private async deleteTokens(key: DirectoryKey, { tokens }: ProvisioningConnection): Promise<void> {
    for (const { id } of tokens) await this.connections.deleteTokenOwner(id);
    await this.connections.deleteTokenUses(key);
  }
}
