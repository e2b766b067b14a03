/** Starts a sync of every connected connector that is due. */
import { app, type InvocationContext } from '@azure/functions';
import type { Lazy } from '../concurrency/lazy';
import { statusOf } from '../connectors/connector';
import type { ConnectorServices } from '../connectors/services';
import { durableClientInput } from '../durable/durable-client';
import { AppError } from '../errors/app-error';
import type { HttpServices } from '../http/services';
import type { SyncServices } from './services';

type RefreshServices = Pick<ConnectorServices, 'connectors'> &
  Pick<HttpServices, 'durableClient' | 'now'> &
  Pick<SyncServices, 'syncRuns'>;

export function registerRefresh(services: Lazy<RefreshServices>): void {
  app.timer('refreshConnectors', {
    schedule: '%REFRESH_SCHEDULE%',
    extraInputs: [durableClientInput],
    handler: (_timer, context) => refreshConnectors(services(), context),
  });
}

/**
 * A connector that cannot be refreshed does not stop the others; it stays due. Connectors with an
 * expired connection are counted and skipped.
 */
export async function refreshConnectors(
  { connectors, syncRuns, durableClient, now }: RefreshServices,
  context: InvocationContext,
): Promise<void> {
  const client = durableClient(context);
  let expired = 0;
  for await (const connector of connectors.allTenants()) {
    const status = statusOf(connector, now());
    if (status === 'connection_expired') expired++;
    const trigger = status === 'connected' ? syncRuns.dueTrigger(connector) : undefined;
    if (!trigger) continue;
    const { tenantId, id: connectorId } = connector;
    try {
      const run = await syncRuns.begin({ tenantId, connectorId }, { trigger }, client);
      context.info(JSON.stringify({ connectorId, syncRunId: run.id, trigger }));
    } catch (error) {
      const code = error instanceof AppError ? error.code : undefined;
      if (code === undefined) context.error(error);
      else context.info(JSON.stringify({ connectorId, skipped: code }));
    }
  }
  if (expired > 0)
    context.info(JSON.stringify({ skipped: 'connection_expired', connectors: expired }));
}
