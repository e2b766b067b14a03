/**
 * Starts all retention tasks every night. A task that still runs from the night before is left
 * alone.
 */
import { app, type InvocationContext } from '@azure/functions';
import type { Lazy } from '../concurrency/lazy';
import { durableClientInput } from '../durable/durable-client';
import type { HttpServices } from '../http/services';
import { retentionInstanceId, retentionTasks, type RetentionInput } from './retention-task';

type TimerServices = Pick<HttpServices, 'durableClient' | 'now'>;

/** Long enough to examine a failure. Results are in our own rows. */
const instanceRetentionMs = 14 * 86_400_000;

export function registerRetention(services: Lazy<TimerServices>): void {
  app.timer('startRetention', {
    schedule: '0 11 4 * * *',
    extraInputs: [durableClientInput],
    handler: (_timer, context) => startRetention(services(), context),
  });
}

/**
 * Purges the history of Durable itself, because only a binding provides its client. Fails at the
 * end if a task could not be started, so that it stops no other.
 */
export async function startRetention(
  { durableClient, now }: TimerServices,
  context: InvocationContext,
): Promise<void> {
  const client = durableClient(context);
  const starts = retentionTasks.map((task) =>
    client.restart('runRetention', retentionInstanceId(task), { task } satisfies RetentionInput),
  );
  const historyBefore = new Date(now().getTime() - instanceRetentionMs);
  const results = await Promise.allSettled([...starts, client.purgeHistory(historyBefore)]);
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}
