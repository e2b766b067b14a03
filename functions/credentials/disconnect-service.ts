/** Ends a connection on request. The stored credential is deleted; the catalog stays. */
import { disconnect } from '../connectors/connection';
import type { Connector } from '../connectors/connector';
import { connectorEvent } from '../connectors/connector-events';
import type { ConnectorService } from '../connectors/connector-service';
import type { Actor } from '../events/actor';
import type { EventLog } from '../events/ports';
import { grantName, secretName } from '../secrets/secret-names';
import type { SecretStore } from '../secrets/ports';
import type { Stored } from '../storage/stored';
import { secretRefsOf } from './secret-rollover-service';

export class DisconnectService {
  constructor(
    private readonly connectors: Pick<ConnectorService, 'change'>,
    private readonly secretStore: Pick<SecretStore, 'disable' | 'delete'>,
    private readonly now: () => Date,
    private readonly events: EventLog,
  ) {}

  /** Repeated, it deletes the secrets again, in case Key Vault was not available the first time. */
  async disconnect(actor: Actor, connectorId: string): Promise<Stored<Connector>> {
    const key = { tenantId: actor.tenantId, connectorId };
    let before: Connector | undefined;
    const connector = await this.connectors.change(key, (current) => {
      before = current;
      return disconnect(current, this.now());
    });
    // Versions are disabled first: recovering a deleted name restores all its versions.
    for (const { name, version } of secretRefsOf(before!))
      await this.secretStore.disable(name, version);
    for (const name of [secretName(connectorId), grantName(connectorId)])
      await this.secretStore.delete(name);
    if (before!.connection.state !== 'unconnected')
      await this.events.record(connectorEvent(connector, 'connector.disconnected', actor));
    return connector;
  }
}
