/** Renews and verifies connections, one connector at a time. Called by timers. */
import { isOperational } from '../connectors/connection';
import { connectorKeyOf, type Connector } from '../connectors/connector';
import type { ConnectorService } from '../connectors/connector-service';
import { RefusedError } from '../errors/app-error';
import { Secret } from '../secrets/secret';
import type { Stored } from '../storage/stored';
import type { ConnectionStateService } from './connection-state-service';
import type { AccessCheck, ConnectorAccessTokens } from './ports';
import { isRefreshDue } from './renewal-schedule';

export class ConnectionMaintenanceService {
  constructor(
    private readonly connectors: Pick<ConnectorService, 'get'>,
    private readonly states: ConnectionStateService,
    private readonly accessTokens: ConnectorAccessTokens,
    private readonly accessCheck: Pick<AccessCheck, 'assertSubscriptionAccess'>,
    private readonly now: () => Date,
  ) {}

  /** Applies the clock first: an expired connection needs no sign-in. */
  async maintain(read: Stored<Connector>): Promise<void> {
    if (!isOperational(read)) return;
    const connector = await this.states.applyClock(read);
    if (connector && isRefreshDue(connector, this.now()))
      await this.accessTokens.forConnector(connector, { fresh: true });
  }

  /** Checks that Azure accepts a token of the connector. Records a failure, then throws it. */
  async verify(connector: Stored<Connector>): Promise<void> {
    if (!isOperational(connector)) return;
    const key = connectorKeyOf(connector);
    try {
      await this.callAzure(connector).catch(async (error: unknown) => {
        if (!isTokenRejected(error)) throw error;
        return this.callAzure(await this.connectors.get(key));
      });
    } catch (error) {
      await this.states.recordFailure(await this.connectors.get(key), error);
      throw error;
    }
    await this.states.recordVerified(await this.connectors.get(key));
  }

  /** Uses a fresh token: a cached one would show the state of an hour ago. */
  private async callAzure(connector: Stored<Connector>): Promise<void> {
    const token = await this.accessTokens.forConnector(connector, { fresh: true });
    await this.accessCheck.assertSubscriptionAccess(new Secret(token));
  }
}

const isTokenRejected = (error: unknown) =>
  error instanceof RefusedError && error.code === 'token_rejected';
