/** Renews, verifies and probes connections, one connector at a time. Called by timers. */
import { isFailing, isOperational, isProbeDue, isWaiting } from '../connectors/connection';
import { connectorKeyOf, type Connector } from '../connectors/connector';
import type { ConnectorService } from '../connectors/connector-service';
import { RefusedError } from '../errors/app-error';
import { effectOf } from '../errors/classify-sign-in-error';
import { Secret } from '../secrets/secret';
import type { Stored } from '../storage/stored';
import { isTokenRejected } from './access-token-service';
import { currentConnection, type ConnectionStateService } from './connection-state-service';
import type { AccessCheck, ConnectorAccessTokens } from './ports';
import { isRenewalDue } from './renewal-schedule';

export class ConnectionMaintenanceService {
  constructor(
    private readonly connectors: Pick<ConnectorService, 'get'>,
    private readonly states: ConnectionStateService,
    private readonly accessTokens: ConnectorAccessTokens,
    private readonly accessCheck: Pick<AccessCheck, 'assertSubscriptionAccess'>,
    private readonly now: () => Date,
  ) {}

  /**
   * Applies the clock first: an expired connection needs no renewal. One that fails or has expired
   * is verified as a whole, because a token alone does not show that Azure accepts it.
   */
  async maintain(read: Stored<Connector>): Promise<void> {
    if (isProbeDue(read, this.now())) return this.probe(read);
    if (!isOperational(read)) return;
    const connector = await this.states.applyClock(read);
    if (!connector) return;
    if (isFailing(connector) && !isWaiting(connector, this.now())) return this.verify(connector);
    if (isRenewalDue(connector, this.now()))
      await this.accessTokens.forConnector(connector, { fresh: true, mustRenew: true });
  }

  /**
   * Checks that Azure accepts a token of the connector. Records a failure, then throws it. Uses a
   * fresh token: a cached one would show the state of an hour ago.
   */
  async verify(connector: Stored<Connector>): Promise<void> {
    if (!isOperational(connector)) return;
    const key = connectorKeyOf(connector);
    const token = await this.accessTokens.forConnector(connector, { fresh: true });
    await this.accessCheck
      .assertSubscriptionAccess(new Secret(token))
      .catch(async (error: unknown) => {
        if (!isTokenRejected(error)) return this.recordAndThrow(connector, error);
        // The service that confirms a rejection has recorded it.
        if (await this.accessTokens.confirmRejection(key)) throw error;
      });
    await this.states.recordVerified(await this.current(connector));
  }

  /** A connection may have expired by a mistake, or its cause may be repaired. */
  private async probe(connector: Stored<Connector>): Promise<void> {
    try {
      const token = await this.accessTokens.forConnector(connector, { probe: true });
      await this.accessCheck.assertSubscriptionAccess(new Secret(token));
    } catch (error) {
      const current = await this.current(connector);
      if (effectOf(error) === 'warns') await this.states.recordFailure(current, error);
      else await this.states.recordProbe(current);
      throw error;
    }
    await this.states.recordVerified(await this.current(connector));
  }

  private current(used: Stored<Connector>): Promise<Stored<Connector>> {
    return currentConnection(this.connectors, used);
  }

  /** Only a refusal concerns the connection: Azure may be unavailable for a while. */
  private async recordAndThrow(used: Stored<Connector>, error: unknown): Promise<never> {
    if (error instanceof RefusedError)
      await this.states.recordFailure(await this.current(used), error);
    throw error;
  }
}
