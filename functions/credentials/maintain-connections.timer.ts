/**
 * Looks after every connection of every tenant. Direct and not through Durable: what is due is said by the row, so a
 * run that is cut off is made up for by the next one, and a sign-in is too short to be worth a history.
 */
import { app, type InvocationContext } from '@azure/functions';
import { atOnce } from '../concurrency/for-each-concurrently';
import { AppError } from '../errors/app-error';
import type { Lazy, Services } from '../services';
import type { Stored } from '../storage/stored';
import { isInService } from '../connectors/connection';
import type { Connector } from '../connectors/connector';

const width = 8;

export function registerKeeping(services: Lazy<Services>): void {
  app.timer('keepConnections', {
    schedule: '%KEEP_CONNECTIONS_SCHEDULE%',
    handler: (_timer, context) => keepConnections(services(), context),
  });
  app.timer('probeConnections', {
    schedule: '0 23 1 * * *',
    handler: (_timer, context) => probeConnections(services(), context),
  });
}

export const keepConnections = ({ connectors, keeping }: Services, context: InvocationContext) =>
  forEachInService(connectors.everywhere(), context, (connector) => keeping.keep(connector));

export const probeConnections = ({ connectors, keeping }: Services, context: InvocationContext) =>
  forEachInService(connectors.everywhere(), context, (connector) => keeping.probe(connector));

/** One connection that fails keeps no other waiting. What it means is noted on its own row. */
function forEachInService(
  all: AsyncIterable<Stored<Connector>>,
  context: InvocationContext,
  work: (connector: Connector) => Promise<void>,
): Promise<void> {
  return atOnce(all, width, async (connector) => {
    if (!isInService(connector)) return;
    try {
      await work(connector);
    } catch (error) {
      const code = error instanceof AppError ? error.code : undefined;
      if (code === undefined) context.error(error);
      else context.info(JSON.stringify({ connectorId: connector.id, failed: code }));
    }
  });
}
