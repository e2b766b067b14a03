/**
 * Every night, what is old is forgotten. Started here and carried on by Durable, as long as it takes; whatever is still
 * at work from the night before is left to it.
 */
import { app, type InvocationContext } from '@azure/functions';
import { orchestrationClient } from '../durable/durable-client';
import type { Lazy, Services } from '../services';
import { instanceOf, parts, type Forgetting } from './retention-task';

/** Long enough to look into what went wrong; rows tell the rest. */
const instancesKeptInMs = 14 * 86_400_000;

export function registerRetention(services: Lazy<Services>): void {
  app.timer('startForgetting', {
    schedule: '0 11 4 * * *',
    extraInputs: [orchestrationClient],
    handler: (_timer, context) => startForgetting(services(), context),
  });
}

export async function startForgetting(
  { orchestrations, now }: Services,
  context: InvocationContext,
): Promise<void> {
  const instances = orchestrations(context);
  const begun = await Promise.allSettled(
    parts.map((part) =>
      instances.restart('forgetOld', instanceOf(part), { part } satisfies Forgetting),
    ),
  );
  await instances.forgetEnded(new Date(now().getTime() - instancesKeptInMs));
  // Told at last, so that it holds up none of the others for a day.
  for (const part of begun) if (part.status === 'rejected') throw part.reason;
}
