/** Starts a sync of every connected connector that is due. */
import { statusOf, type Connector } from '../../connectors/connector';
import type { ConnectorService } from '../../connectors/connector-service';
import type { DurableClient } from '../../durable/ports';
import { AppError } from '../../errors/app-error';
import { isOwnFailure } from '../../errors/own-failure';
import type { SyncTrigger } from '../sync-run';
import type { SyncRunService } from '../sync-run-service';

/** What became of a connector that is due, or of those that are skipped. */
export type Refresh =
  | { readonly connectorId: string; readonly syncRunId: string; readonly trigger: SyncTrigger }
  /** `skipped` is the code of the error. The connector stays due. */
  | { readonly connectorId: string; readonly skipped: string }
  /** This service itself failed, so that the connector is due and was not started. */
  | { readonly connectorId: string; readonly failure: unknown }
  | { readonly skipped: 'connection_expired'; readonly connectors: number };

export class RefreshService {
  constructor(
    private readonly connectors: Pick<ConnectorService, 'allTenants'>,
    private readonly syncRuns: Pick<SyncRunService, 'begin' | 'dueTrigger'>,
    private readonly now: () => Date,
  ) {}

  /** A connector that cannot be refreshed does not stop the others. */
  async *refreshDue(
    durableClient: Pick<DurableClient, 'start' | 'getStatus'>,
  ): AsyncGenerator<Refresh> {
    let expired = 0;
    for await (const connector of this.connectors.allTenants()) {
      const status = statusOf(connector, this.now());
      if (status === 'connection_expired') expired++;
      const trigger = status === 'connected' ? this.syncRuns.dueTrigger(connector) : undefined;
      if (trigger) yield await this.begin(connector, trigger, durableClient);
    }
    if (expired > 0) yield { skipped: 'connection_expired', connectors: expired };
  }

  private async begin(
    { tenantId, id: connectorId }: Connector,
    trigger: SyncTrigger,
    durableClient: Pick<DurableClient, 'start' | 'getStatus'>,
  ): Promise<Refresh> {
    try {
      const key = { tenantId, connectorId };
      const { id: syncRunId } = await this.syncRuns.begin(key, { trigger }, durableClient);
      return { connectorId, syncRunId, trigger };
    } catch (error) {
      if (error instanceof AppError && !isOwnFailure(error))
        return { connectorId, skipped: error.code };
      return { connectorId, failure: error };
    }
  }
}
