/**
 * Relays the outbox every ten seconds. Services write to the outbox and need no Durable client. Once
 * an hour, events are searched that the relay was not pointed to.
 */
import type { InvocationContext } from '@azure/functions';
import type { Lazy } from '../concurrency/lazy';
import { registerTimer } from '../durable/registration';
import { failureLine } from '../errors/log-failure';
import { throwFirst } from '../errors/own-failure';
import type { EventServices } from '../events/services';
import type { HttpServices } from '../http/services';
import type { WebhookServices } from './services';

type RelayServices = Pick<WebhookServices, 'outboxRelay'> &
  EventServices &
  Pick<HttpServices, 'durableClient'>;

export function registerOutboxRelay(services: Lazy<RelayServices>): void {
  registerTimer(services, 'relayOutbox', '*/10 * * * * *', relayOutbox);
  registerTimer(services, 'restoreOutboxHints', '0 37 * * * *', restoreOutboxHints);
}

/** A message that cannot be relayed delays no other. Then the timer fails. */
export async function relayOutbox(
  { outboxRelay, durableClient }: RelayServices,
  context: InvocationContext,
): Promise<void> {
  const failures: unknown[] = [];
  await outboxRelay.relayAll(durableClient(context), (error) => {
    context.warn(failureLine('outbox.relay_failed', error));
    failures.push(error);
  });
  throwFirst(failures);
}

export async function restoreOutboxHints(
  { events }: RelayServices,
  context: InvocationContext,
): Promise<void> {
  const partitionCount = await events.restoreHints();
  if (partitionCount > 0)
    context.warn(JSON.stringify({ event: 'outbox.hints_restored', partitionCount }));
}
