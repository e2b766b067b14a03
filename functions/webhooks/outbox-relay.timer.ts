/** Every ten seconds whatever happened is announced: services write to the outbox and need no Durable client. */
import { app, type InvocationContext } from '@azure/functions';
import { orchestrationClient } from '../durable/durable-client';
import type { Lazy, Services } from '../services';

export function registerAnnouncements(services: Lazy<Services>): void {
  app.timer('deliverWebhooks', {
    schedule: '*/10 * * * * *',
    extraInputs: [orchestrationClient],
    handler: (_timer, context) => deliverWebhooks(services(), context),
  });
}

export async function deliverWebhooks(
  { announcements, orchestrations }: Services,
  context: InvocationContext,
): Promise<void> {
  await announcements.announceAll(orchestrations(context), (error) => context.error(error));
}
