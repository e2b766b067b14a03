/** Starts the syncs that are due. */
import { app, type InvocationContext } from '@azure/functions';
import type { Lazy } from '../../concurrency/lazy';
import { durableClientInput } from '../../durable/durable-client';
import type { HttpServices } from '../../http/services';
import type { SyncServices } from '../services';

type RefreshServices = Pick<HttpServices, 'durableClient'> & Pick<SyncServices, 'syncRefresh'>;

export function registerRefresh(services: Lazy<RefreshServices>): void {
  app.timer('refreshConnectors', {
    schedule: '%REFRESH_SCHEDULE%',
    extraInputs: [durableClientInput],
    handler: (_timer, context) => refreshConnectors(services(), context),
  });
}

export async function refreshConnectors(
  { syncRefresh, durableClient }: RefreshServices,
  context: InvocationContext,
): Promise<void> {
  for await (const refresh of syncRefresh.refreshDue(durableClient(context)))
    if ('failure' in refresh) context.error(refresh.failure);
    else context.info(JSON.stringify(refresh));
}
