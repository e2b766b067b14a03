/** Every ten seconds whatever happened is announced: services write to the outbox and need no Durable client. */
import { app, type InvocationContext } from '@azure/functions';
import { durableClientInput } from '../durable/durable-client';
import type { Lazy } from '../concurrency/lazy';
import type { Services } from '../services';

export function registerOutboxRelay(services: Lazy<Services>): void {
  app.timer('relayOutbox', {
    schedule: '*/10 * * * * *',
    extraInputs: [durableClientInput],
    handler: (_timer, context) => relayOutbox(services(), context),
  });
}

export async function relayOutbox(
  { outboxRelay, durableClient }: Services,
  context: InvocationContext,
): Promise<void> {
  await outboxRelay.relayAll(durableClient(context), (error) => context.error(error));
}
