/**
 * Starts all retention tasks every night. A task that is still running is not started
 * again.
 */
import type { InvocationContext } from '@azure/functions';
import type { Lazy } from '../concurrency/lazy';
import { registerTimer } from '../durable/registration';
import { throwFirst } from '../errors/own-failure';
import type { HttpServices } from '../http/services';
import { retentionInstanceId, retentionTasks, type RetentionInput } from './retention-task';

type TimerServices = Pick<HttpServices, 'durableClient'>;

export function registerRetention(services: Lazy<TimerServices>): void {
  registerTimer(services, 'startRetention', '0 11 4 * * *', startRetention);
}

/** Fails at the end if a task could not be started, so that it stops no other. */
export async function startRetention(
  { durableClient }: TimerServices,
  context: InvocationContext,
): Promise<void> {
  const client = durableClient(context);
  const starts = await Promise.allSettled(
    retentionTasks.map((task) =>
      client.restart('runRetention', retentionInstanceId(task), { task } satisfies RetentionInput),
    ),
  );
  throwFirst(starts.flatMap((start) => (start.status === 'rejected' ? [start.reason] : [])));
}
