/** Relays the outbox every ten seconds. Services write to the outbox and need no Durable client. */
import { app, type InvocationContext } from '@azure/functions';
import type { Lazy } from '../concurrency/lazy';
import { durableClientInput } from '../durable/durable-client';
import type { HttpServices } from '../http/services';
import type { WebhookServices } from './services';

type RelayServices = Pick<WebhookServices, 'outboxRelay'> & Pick<HttpServices, 'durableClient'>;

export function registerOutboxRelay(services: Lazy<RelayServices>): void {
  app.timer('relayOutbox', {
    schedule: '*/10 * * * * *',
    extraInputs: [durableClientInput],
    handler: (_timer, context) => relayOutbox(services(), context),
  });
}

export async function relayOutbox(
  { outboxRelay, durableClient }: RelayServices,
  context: InvocationContext,
): Promise<void> {
  await outboxRelay.relayAll(durableClient(context), (error) => context.error(error));
}
