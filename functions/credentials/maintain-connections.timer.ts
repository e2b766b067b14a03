/**
 * TtlCache after every connection of every tenant. Direct and not through Durable: what is due is said by the row, so a
 * run that is cut off is made up for by the next one, and a sign-in is too short to be worth a history.
 */
import { app, type InvocationContext } from '@azure/functions';
import { forEachConcurrently } from '../concurrency/for-each-concurrently';
import { AppError } from '../errors/app-error';
import type { Lazy } from '../concurrency/lazy';
import type { Services } from '../services';
import type { Stored } from '../storage/stored';
import { isOperational } from '../connectors/connection';
import type { Connector } from '../connectors/connector';

const width = 8;

export function registerConnectionMaintenance(services: Lazy<Services>): void {
  app.timer('maintainConnections', {
    schedule: '%CONNECTION_MAINTENANCE_SCHEDULE%',
    handler: (_timer, context) => maintainConnections(services(), context),
  });
  app.timer('verifyConnections', {
    schedule: '0 23 1 * * *',
    handler: (_timer, context) => verifyConnections(services(), context),
  });
}

export const maintainConnections = (
  { connectors, keeping }: Services,
  context: InvocationContext,
) => forEachInService(connectors.everywhere(), context, (connector) => keeping.keep(connector));

export const verifyConnections = ({ connectors, keeping }: Services, context: InvocationContext) =>
  forEachInService(connectors.everywhere(), context, (connector) => keeping.probe(connector));

/** One connection that fails keeps no other waiting. What it means is noted on its own row. */
function forEachInService(
  all: AsyncIterable<Stored<Connector>>,
  context: InvocationContext,
  work: (connector: Connector) => Promise<void>,
): Promise<void> {
  return forEachConcurrently(all, width, async (connector) => {
    if (!isOperational(connector)) return;
    try {
      await work(connector);
    } catch (error) {
      const code = error instanceof AppError ? error.code : undefined;
      if (code === undefined) context.error(error);
      else context.info(JSON.stringify({ connectorId: connector.id, failed: code }));
    }
  });
}
