/** The end of a connection on purpose. Our copy of the credential goes; what was catalogued stays. */
import type { EventLog } from '../events/ports';
import type { Stored } from '../storage/stored';
import { disconnect } from '../connectors/connection';
import type { Actor, Connector } from '../connectors/connector';
import type { ConnectorService } from '../connectors/connector-service';
import { happened } from '../connectors/connector-events';
import type { SecretStore } from '../connectors/ports';
import { refsOf } from './secret-rollover-service';
import { grantName, secretName } from '../secrets/secret-names';

export class DisconnectService {
  constructor(
    private readonly connectors: Pick<ConnectorService, 'change'>,
    private readonly vault: Pick<SecretStore, 'disable' | 'delete'>,
    private readonly now: () => Date,
    private readonly events: EventLog,
  ) {}

  /** Repeated, it deletes again: a vault that was out of order the first time leaves nothing behind. */
  async disconnect(actor: Actor, id: string): Promise<Stored<Connector>> {
    let used: Connector | undefined;
    const connector = await this.connectors.change(actor.tenantId, id, (current) => {
      used = current;
      return disconnect(current, this.now());
    });
    // A deleted name comes back with all its versions when it is used again, so they are made unusable before.
    for (const { name, version } of refsOf(used!)) await this.vault.disable(name, version);
    for (const name of [secretName(id), grantName(id)]) await this.vault.delete(name);
    if (used!.connection.state !== 'unconnected')
      await this.events.record(happened(connector, 'connector.disconnected', actor));
    return connector;
  }
}
