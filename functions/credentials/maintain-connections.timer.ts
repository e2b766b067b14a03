/**
 * Timers that renew and verify the connections of all tenants. They need no Durable history: the
 * row says what is due, so the next run makes up for one that stopped.
 */
import { app, type InvocationContext } from '@azure/functions';
import { forEachConcurrently } from '../concurrency/for-each-concurrently';
import type { Lazy } from '../concurrency/lazy';
import type { Connector } from '../connectors/connector';
import type { ConnectorServices } from '../connectors/services';
import { AppError } from '../errors/app-error';
import type { Stored } from '../storage/stored';
import type { CredentialServices } from './services';

type MaintenanceServices = Pick<ConnectorServices, 'connectors' | 'secretRemovals'> &
  Pick<CredentialServices, 'connectionMaintenance' | 'ownApp'>;

const maxConcurrentConnectors = 8;

export function registerConnectionMaintenance(services: Lazy<MaintenanceServices>): void {
  app.timer('maintainConnections', {
    schedule: '%CONNECTION_MAINTENANCE_SCHEDULE%',
    handler: (_timer, context) => maintainConnections(services(), context),
  });
  app.timer('verifyConnections', {
    schedule: '0 23 1 * * *',
    handler: (_timer, context) => verifyConnections(services(), context),
  });
}

/** Logged while our own app does not work. An alert of the deployment finds it in the log. */
export const ownAppAlert = 'own_app_failed';

export async function maintainConnections(
  { connectors, secretRemovals, connectionMaintenance, ownApp }: MaintenanceServices,
  context: InvocationContext,
): Promise<void> {
  const { works, detail } = await ownApp.check();
  if (works === false) context.error(JSON.stringify({ alert: ownAppAlert, code: detail }));
  await forEachConnector(connectors.allTenants(), context, async (connector) =>
    connectionMaintenance.maintain(await secretRemovals.removeObsolete(connector)),
  );
}

export const verifyConnections = (
  {
    connectors,
    connectionMaintenance,
  }: Pick<MaintenanceServices, 'connectors' | 'connectionMaintenance'>,
  context: InvocationContext,
) =>
  forEachConnector(connectors.allTenants(), context, (connector) =>
    connectionMaintenance.verify(connector),
  );

/** A connector that fails does not stop the others. Its failure is recorded in its own row. */
function forEachConnector(
  connectors: AsyncIterable<Stored<Connector>>,
  context: InvocationContext,
  work: (connector: Stored<Connector>) => Promise<void>,
): Promise<void> {
  return forEachConcurrently(connectors, maxConcurrentConnectors, async (connector) => {
    try {
      await work(connector);
    } catch (error) {
      const code = error instanceof AppError ? error.code : undefined;
      if (code === undefined) context.error(error);
      else context.info(JSON.stringify({ connectorId: connector.id, failed: code }));
    }
  });
}
