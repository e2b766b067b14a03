/** Starts a refresh for every connected connector that is due: the very sync that a person can start. */
import { app, type InvocationContext } from '@azure/functions';
import { statusOf } from '../connectors/connector';
import { durableClientInput } from '../durable/durable-client';
import { AppError } from '../errors/app-error';
import type { Lazy } from '../concurrency/lazy';
import type { Services } from '../services';

export function registerRefresh(services: Lazy<Services>): void {
  app.timer('refreshConnectors', {
    schedule: '%REFRESH_SCHEDULE%',
    extraInputs: [durableClientInput],
    handler: (_timer, context) => refreshConnectors(services(), context),
  });
}

/**
 * One connector that cannot be refreshed does not keep the others waiting; what is due stays due. Expired connections
 * are passed over and counted, not failed over and over.
 */
export async function refreshConnectors(
  { connectors, syncRuns, durableClient, now }: Services,
  context: InvocationContext,
): Promise<void> {
  const instances = durableClient(context);
  let expired = 0;
  for await (const connector of connectors.everywhere()) {
    const status = statusOf(connector, now());
    if (status === 'connection_expired') expired++;
    const trigger = status === 'connected' ? syncRuns.dueTrigger(connector) : undefined;
    if (!trigger) continue;
    const { tenantId, id } = connector;
    try {
      const run = await syncRuns.begin(tenantId, id, { trigger }, instances);
      context.info(JSON.stringify({ connectorId: id, syncId: run.id, trigger }));
    } catch (error) {
      const code = error instanceof AppError ? error.code : undefined;
      if (code === undefined) context.error(error);
      else context.info(JSON.stringify({ connectorId: id, skipped: code }));
    }
  }
  if (expired > 0)
    context.info(JSON.stringify({ skipped: 'connection_expired', connectors: expired }));
}
