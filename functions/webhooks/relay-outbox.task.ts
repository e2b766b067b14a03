/** Relays the outbox. Services write to the outbox and need no Durable client. */
import type { InvocationContext } from '@azure/functions';
import { failureLine } from '../errors/log-failure';
import { throwFirst } from '../errors/own-failure';
import type { HttpServices } from '../http/services';
import type { WebhookServices } from './services';

type RelayServices = Pick<WebhookServices, 'outboxRelay'> & Pick<HttpServices, 'durableClient'>;

/** A message that cannot be relayed delays no other. Then the task fails. */
export async function relayOutbox(
  { outboxRelay, durableClient }: RelayServices,
  context: InvocationContext,
  tenantId?: string,
): Promise<void> {
  const failures: unknown[] = [];
  const fail = (error: unknown) => {
    context.warn(failureLine('outbox.relay_failed', error));
    failures.push(error);
  };
  await outboxRelay.relayAll(durableClient(context), fail, tenantId);
  throwFirst(failures);
}
