/** Ends a connection on request. The stored credential is deleted; the catalog stays. */
import { disconnect } from '../connectors/connection';
import type { Connector } from '../connectors/connector';
import { connectorEvent } from '../connectors/connector-events';
import type { ConnectorService } from '../connectors/connector-service';
import type { SecretRemovalService } from '../connectors/secret-removal-service';
import { logFailure } from '../errors/log-failure';
import { personOf, type Actor } from '../events/actor';
import type { Stored } from '../storage/stored';
import type { ConnectionAttemptService } from './connection-attempt-service';

export class DisconnectService {
  constructor(
    private readonly connectors: Pick<ConnectorService, 'change'>,
    private readonly secretRemovals: Pick<SecretRemovalService, 'removeObsolete'>,
    private readonly attempts: Pick<ConnectionAttemptService, 'cancelAll'>,
    private readonly now: () => Date,
  ) {}

  /**
   * Secrets that Key Vault did not confirm as removed stay in `obsoleteSecrets` of the result, and
   * are tried again later.
   */
  async disconnect(actor: Actor, connectorId: string): Promise<Stored<Connector>> {
    const key = { tenantId: actor.tenantId, connectorId };
    const connector = await this.connectors.change(
      key,
      (current) => disconnect(current, this.now(), personOf(actor)),
      (next, { connection }) =>
        connection.state === 'unconnected'
          ? []
          : [connectorEvent(next, 'connector.disconnected', actor)],
    );
    // A sign-in that stays open cannot connect: it started before the disconnect.
    await this.attempts
      .cancelAll(key)
      .catch((error: unknown) => logFailure('sign_ins.not_cancelled', error, { connectorId }));
    return this.secretRemovals.removeObsolete(connector);
  }
}
