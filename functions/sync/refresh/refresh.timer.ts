/** Starts the syncs that are due. */
import type { InvocationContext } from '@azure/functions';
import type { Lazy } from '../../concurrency/lazy';
import { registerTimer } from '../../durable/registration';
import { failureLine } from '../../errors/log-failure';
import { throwFirst } from '../../errors/own-failure';
import type { HttpServices } from '../../http/services';
import type { SyncServices } from '../services';
import { logLine } from '../../telemetry/log-line';
import type { Refresh } from './refresh-service';

type RefreshServices = Pick<HttpServices, 'durableClient'> & Pick<SyncServices, 'syncRefresh'>;

export function registerRefresh(services: Lazy<RefreshServices>): void {
  registerTimer(services, 'refreshConnectors', '%REFRESH_SCHEDULE%', refreshConnectors);
}

/** A connector that cannot be refreshed does not stop the others. Then the timer fails. */
export async function refreshConnectors(
  { syncRefresh, durableClient }: RefreshServices,
  context: InvocationContext,
): Promise<void> {
  const failures: unknown[] = [];
  for await (const refresh of syncRefresh.refreshDue(durableClient(context)))
    if ('failure' in refresh) {
      const { connectorId, failure } = refresh;
      context.warn(failureLine('refresh.failed', failure, { connectorId }));
      failures.push(failure);
    } else context.info(logLine(eventOf(refresh), { ...refresh }));
  throwFirst(failures);
}

const eventOf = (refresh: Refresh) =>
  'skipped' in refresh ? 'refresh.skipped' : 'refresh.started';
