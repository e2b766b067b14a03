/**
 * Relays the outbox every ten seconds. Services write to the outbox and need no Durable client. Once
 * an hour, events are searched that the relay was not pointed to.
 */
import { app, type InvocationContext } from '@azure/functions';
import type { Lazy } from '../concurrency/lazy';
import { durableClientInput } from '../durable/durable-client';
import type { EventServices } from '../events/services';
import type { HttpServices } from '../http/services';
import type { WebhookServices } from './services';

type RelayServices = Pick<WebhookServices, 'outboxRelay'> &
  EventServices &
  Pick<HttpServices, 'durableClient'>;

export function registerOutboxRelay(services: Lazy<RelayServices>): void {
  app.timer('relayOutbox', {
    schedule: '*/10 * * * * *',
    extraInputs: [durableClientInput],
    handler: (_timer, context) => relayOutbox(services(), context),
  });
  app.timer('restoreOutboxHints', {
    schedule: '0 37 * * * *',
    handler: (_timer, context) => restoreOutboxHints(services(), context),
  });
}

export async function relayOutbox(
  { outboxRelay, durableClient }: RelayServices,
  context: InvocationContext,
): Promise<void> {
  await outboxRelay.relayAll(durableClient(context), (error) => context.error(error));
}

export async function restoreOutboxHints(
  { events }: RelayServices,
  context: InvocationContext,
): Promise<void> {
  const partitionCount = await events.restoreHints();
  if (partitionCount > 0)
    context.warn(JSON.stringify({ event: 'outbox.hints_restored', partitionCount }));
}
