/**
 * Runs due work: every task each minute for all tenants, and one task of one tenant when a message
 * asks for it. A task that fails stops no other and is reported as `task.failed`.
 */
import { app, type InvocationContext } from '@azure/functions';
import type { Lazy } from '../concurrency/lazy';
import { failureLine } from '../errors/log-failure';
import { throwFirst } from '../errors/own-failure';
import { dueTasks, queueNames, workRequest, type DueTask } from './due-work';
import { durableClientInput } from './durable-client';

/** Throws if it could not do its work. Without a tenant, it works for all. */
export type DueWork<S> = (
  services: S,
  context: InvocationContext,
  tenantId?: string,
) => Promise<void>;

type DueWorkOfTasks<S> = Readonly<Record<DueTask, DueWork<S>>>;

export function registerDueWork<S>(services: Lazy<S>, work: DueWorkOfTasks<S>): void {
  const extraInputs = [durableClientInput];
  app.timer('tick', {
    schedule: '0 * * * * *',
    extraInputs,
    handler: (_timer, context) => runAll(services, work, context),
  });
  app.storageQueue('runTask', {
    queueName: queueNames.work,
    connection: 'STORAGE',
    extraInputs,
    handler: (message, context) => runRequested(services, work, message, context),
  });
}

/** Fails at the end if a task failed. */
export async function runAll<S>(
  services: Lazy<S>,
  work: DueWorkOfTasks<S>,
  context: InvocationContext,
): Promise<void> {
  const runs = await Promise.allSettled(
    dueTasks.map((task) => run(task, () => work[task](services(), context), context)),
  );
  throwFirst(runs.flatMap((each) => (each.status === 'rejected' ? [each.reason] : [])));
}

/** A message that fails is delivered again, and the tick does its work if it fails for good. */
export async function runRequested<S>(
  services: Lazy<S>,
  work: DueWorkOfTasks<S>,
  message: unknown,
  context: InvocationContext,
): Promise<void> {
  const { task, tenantId } = workRequest.parse(message);
  await run(task, () => work[task](services(), context, tenantId), context);
}

async function run(
  task: DueTask,
  work: () => Promise<void>,
  context: InvocationContext,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    context.error(failureLine('task.failed', error, { task }));
    throw error;
  }
}
