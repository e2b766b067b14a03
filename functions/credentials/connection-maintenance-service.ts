/** Keeps connections alive and tells the truth about them: what timers do for one connector at a time. */
import { RefusedError } from '../errors/app-error';
import { Secret } from '../secrets/secret';
import type { ConnectionStateService } from './connection-state-service';
import { isOperational } from '../connectors/connection';
import type { Connector } from '../connectors/connector';
import type { ConnectorService } from '../connectors/connector-service';
import { isRefreshDue } from './renewal-schedule';
import type { AccessTokens, AccessCheck } from '../connectors/ports';

export class ConnectionMaintenanceService {
  constructor(
    private readonly connectors: Pick<ConnectorService, 'get'>,
    private readonly states: ConnectionStateService,
    private readonly accessTokens: AccessTokens,
    private readonly azure: Pick<AccessCheck, 'assertSubscriptionAccess'>,
    private readonly now: () => Date,
  ) {}

  /** The calendar first: what has lapsed needs no sign-in. */
  async keep(read: Connector): Promise<void> {
    await this.states.applyClock(read);
    const connector = await this.connectors.get(read.tenantId, read.id);
    if (isRefreshDue(connector, this.now()))
      await this.accessTokens.forResourceManager(read.tenantId, read.id, { fresh: true });
  }

  /** Whether Azure takes a token of it. Throws what stands in the way; the connection knows by then. */
  async probe(connector: Connector): Promise<void> {
    if (!isOperational(connector)) return;
    try {
      await this.reach(connector).catch((error: unknown) => {
        if (!isRejected(error)) throw error;
        return this.reach(connector);
      });
    } catch (error) {
      const current = await this.connectors.get(connector.tenantId, connector.id);
      await this.states.noteFailure(current, error);
      throw error;
    }
    await this.states.noteVerified(await this.connectors.get(connector.tenantId, connector.id));
  }

  /** Always with a token of this moment: one in memory would say how it was an hour ago. */
  private async reach({ tenantId, id }: Connector): Promise<void> {
    const token = await this.accessTokens.forResourceManager(tenantId, id, { fresh: true });
    await this.azure.assertSubscriptionAccess(new Secret(token));
  }
}

const isRejected = (error: unknown) =>
  error instanceof RefusedError && error.code === 'token_rejected';
