/** Waiting inside an orchestration: a durable timer, so that nobody pays for it and a restart loses nothing. */
import type { OrchestrationContext } from 'durable-functions';
import type { Orchestration } from './step';

/** Until an ISO 8601 time that a step has named; not at all when it has passed. */
export function* sleepUntil(context: OrchestrationContext, time: string): Orchestration<void> {
  const due = new Date(time);
  if (due > context.df.currentUtcDateTime) yield context.df.createTimer(due);
}

/** Towards such a time, but no longer than this; true when it has come. */
export function* sleepAtMost(
  context: OrchestrationContext,
  time: string,
  maxSeconds: number,
): Orchestration<boolean> {
  const due = new Date(time).getTime();
  const comes = due - context.df.currentUtcDateTime.getTime() <= maxSeconds * 1_000;
  if (comes) yield* sleepUntil(context, time);
  else yield* sleepFor(context, maxSeconds);
  return comes;
}

/** For a while, or until an event of that name is raised. A new wait each time: the newest one hears it. */
export function* sleepOrEvent(
  context: OrchestrationContext,
  seconds: number,
  event: string,
): Orchestration<void> {
  const from = context.df.currentUtcDateTime.getTime();
  const timer = context.df.createTimer(new Date(from + seconds * 1_000));
  const told = context.df.waitForExternalEvent(event);
  if ((yield context.df.Task.any([told, timer])) === told) timer.cancel();
}

export function* sleepFor(context: OrchestrationContext, seconds: number): Orchestration<void> {
  const from = context.df.currentUtcDateTime.getTime();
  yield context.df.createTimer(new Date(from + seconds * 1_000));
}
