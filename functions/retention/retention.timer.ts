/**
 * Every night, what is old is forgotten. Started here and carried on by Durable, as long as it takes; whatever is still
 * at work from the night before is left to it.
 */
import { app, type InvocationContext } from '@azure/functions';
import { durableClientInput } from '../durable/durable-client';
import type { Lazy } from '../concurrency/lazy';
import type { Services } from '../services';
import { instanceOf, parts, type RetentionInput } from './retention-task';

/** Long enough to look into what went wrong; rows tell the rest. */
const instancesKeptInMs = 14 * 86_400_000;

export function registerRetention(services: Lazy<Services>): void {
  app.timer('startRetention', {
    schedule: '0 11 4 * * *',
    extraInputs: [durableClientInput],
    handler: (_timer, context) => startRetention(services(), context),
  });
}

export async function startRetention(
  { durableClient, now }: Services,
  context: InvocationContext,
): Promise<void> {
  const instances = durableClient(context);
  const begun = await Promise.allSettled(
    parts.map((part) =>
      instances.restart('runRetention', instanceOf(part), { part } satisfies RetentionInput),
    ),
  );
  await instances.purgeHistory(new Date(now().getTime() - instancesKeptInMs));
  // Told at last, so that it holds up none of the others for a day.
  for (const part of begun) if (part.status === 'rejected') throw part.reason;
}
