/** Waits of an orchestration. Durable timers cost nothing while they run and survive a restart. */
import type { OrchestrationContext } from 'durable-functions';
import type { Orchestration } from './step';

/** Queues count whole seconds, so a timer may fire this much too early. */
const earlyMs = 1_000;

/** Waits until an ISO 8601 time has come. Returns at once if it has passed. */
export function* sleepUntil(context: OrchestrationContext, time: string): Orchestration<void> {
  const due = new Date(time).getTime();
  // A timer that fires early is followed by one that cannot.
  for (const at of [due, due + earlyMs])
    if (context.df.currentUtcDateTime.getTime() < due) yield context.df.createTimer(new Date(at));
}

/** Waits until an ISO 8601 time, but at most `maxSeconds`. True if the time has come. */
export function* sleepAtMost(
  context: OrchestrationContext,
  time: string,
  maxSeconds: number,
): Orchestration<boolean> {
  const due = new Date(time).getTime();
  const isNear = due - context.df.currentUtcDateTime.getTime() <= maxSeconds * 1_000;
  if (isNear) yield* sleepUntil(context, time);
  else yield* sleepFor(context, maxSeconds);
  return isNear;
}

/**
 * Waits for at least the duration, or until the event is raised. An event ends the newest wait for
 * its name only.
 */
export function* sleepOrEvent(
  context: OrchestrationContext,
  seconds: number,
  event: string,
): Orchestration<void> {
  const from = context.df.currentUtcDateTime.getTime();
  const timer = context.df.createTimer(new Date(from + seconds * 1_000 + earlyMs));
  const raised = context.df.waitForExternalEvent(event);
  if ((yield context.df.Task.any([raised, timer])) === raised) timer.cancel();
}

export function* sleepFor(context: OrchestrationContext, seconds: number): Orchestration<void> {
  const from = context.df.currentUtcDateTime.getTime();
  yield context.df.createTimer(new Date(from + seconds * 1_000));
}
