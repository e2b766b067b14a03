/** Searches once an hour for events that the relay was not pointed to. */
import type { InvocationContext } from '@azure/functions';
import type { Lazy } from '../concurrency/lazy';
import { registerTimer } from '../durable/registration';
import type { EventServices } from '../events/services';
import type { HttpServices } from '../http/services';
import { logLine } from '../telemetry/log-line';

export function registerHintRestoration(
  services: Lazy<EventServices & Pick<HttpServices, 'durableClient'>>,
): void {
  registerTimer(services, 'restoreOutboxHints', '0 37 * * * *', restoreOutboxHints);
}

export async function restoreOutboxHints(
  { events }: EventServices,
  context: InvocationContext,
): Promise<void> {
  const partitionCount = await events.restoreHints();
  if (partitionCount > 0) context.warn(logLine('outbox.hints_restored', { partitionCount }));
}
