/**
 * Timers that renew and verify the connections of all tenants. The rows say what is due, so the next
 * run makes up for one that stopped.
 */
import type { InvocationContext } from '@azure/functions';
import { forEachConcurrently } from '../concurrency/for-each-concurrently';
import type { Lazy } from '../concurrency/lazy';
import type { Connector } from '../connectors/connector';
import type { ConnectorServices } from '../connectors/services';
import { registerTimer } from '../durable/registration';
import type { AppError } from '../errors/app-error';
import { failureLine } from '../errors/log-failure';
import { isOwnFailure, throwFirst } from '../errors/own-failure';
import type { HttpServices } from '../http/services';
import type { Stored } from '../storage/stored';
import { logLine } from '../telemetry/log-line';
import type { CredentialServices } from './services';
import { verificationInstanceId } from './verification/verification-instance';

type MaintenanceServices = Pick<ConnectorServices, 'connectors' | 'secretRemovals'> &
  Pick<CredentialServices, 'connectionMaintenance' | 'ownApp'>;
type StarterServices = Pick<HttpServices, 'durableClient'>;

const maxConcurrentConnectors = 8;
/**
 * A run begins with no further connector after this time. While Entra does not respond, each one takes
 * half a minute, and the host ends a worker whose timer takes ten.
 */
const runMs = 300_000;

export function registerConnectionMaintenance(
  services: Lazy<MaintenanceServices & StarterServices>,
): void {
  const schedule = '%CONNECTION_MAINTENANCE_SCHEDULE%';
  registerTimer(services, 'maintainConnections', schedule, maintainConnections);
  registerTimer(services, 'verifyConnections', '0 23 1 * * *', startVerification);
}

/** Event that is logged while our own app does not work. An alert of the deployment finds it. */
export const ownAppFailed = 'own_app.failed';

/**
 * A connector that fails does not stop the others. Its failure is recorded in its own row. Each run
 * begins elsewhere, so that none is always among those that are left.
 */
export async function maintainConnections(
  { connectors, secretRemovals, connectionMaintenance, ownApp }: MaintenanceServices,
  context: InvocationContext,
): Promise<void> {
  const { works, detail } = await ownApp.check();
  if (works === false) context.error(logLine(ownAppFailed, { code: detail }));
  const failures: unknown[] = [];
  const deadline = performance.now() + runMs;
  let left = 0;
  const maintain = async (connector: Stored<Connector>) => {
    if (performance.now() > deadline) {
      left++;
      return;
    }
    try {
      await connectionMaintenance.maintain(await secretRemovals.removeObsolete(connector));
    } catch (error) {
      report(connector, error, context);
      if (isOwnFailure(error)) failures.push(error);
    }
  };
  await forEachConcurrently(
    await rotated(connectors.allTenants(), (error) => failures.push(error)),
    maxConcurrentConnectors,
    maintain,
  );
  if (left > 0) context.warn(logLine('connection_maintenance.unfinished', { left }));
  throwFirst(failures);
}

/** The items, from a random one on. If the list fails, those that came before. */
async function rotated<T>(
  items: AsyncIterable<T>,
  onFailure: (error: unknown) => void,
): Promise<readonly T[]> {
  const all: T[] = [];
  try {
    for await (const item of items) all.push(item);
  } catch (error) {
    onFailure(error);
  }
  const first = Math.floor(Math.random() * all.length);
  return [...all.slice(first), ...all.slice(0, first)];
}

/** The orchestration takes as long as it needs, in stretches. */
export async function startVerification(
  { durableClient }: StarterServices,
  context: InvocationContext,
): Promise<void> {
  await durableClient(context).restart('runVerification', verificationInstanceId, {});
}

function report({ id }: Connector, error: unknown, context: InvocationContext): void {
  const details = { connectorId: id };
  if (isOwnFailure(error))
    context.warn(failureLine('connection_maintenance.failed', error, details));
  else {
    const { code } = error as AppError;
    context.info(logLine('connection.failing', { ...details, code }));
  }
}
