/** Starts a refresh for every connected connector that is due: the very sync that a person can start. */
import { app, type InvocationContext } from '@azure/functions';
import { orchestrationClient } from '../durable/orchestrations';
import { AppError } from '../errors';
import type { Lazy, Services } from '../services';

export function registerRefresh(services: Lazy<Services>): void {
  app.timer('refreshConnectors', {
    schedule: '%REFRESH_SCHEDULE%',
    extraInputs: [orchestrationClient],
    handler: (_timer, context) => refreshConnectors(services(), context),
  });
}

/** One connector that cannot be refreshed does not keep the others waiting; what is due stays due. */
export async function refreshConnectors(
  { connectors, syncRuns, orchestrations }: Services,
  context: InvocationContext,
): Promise<void> {
  const instances = orchestrations(context);
  for await (const connector of connectors.connected()) {
    if (!syncRuns.isDue(connector)) continue;
    const { tenantId, id } = connector;
    try {
      const run = await syncRuns.begin(tenantId, id, { trigger: 'schedule' }, instances);
      context.info(JSON.stringify({ connectorId: id, syncId: run.id, trigger: 'schedule' }));
    } catch (error) {
      const code = error instanceof AppError ? error.code : undefined;
      if (code === undefined) context.error(error);
      else context.info(JSON.stringify({ connectorId: id, skipped: code }));
    }
  }
}
