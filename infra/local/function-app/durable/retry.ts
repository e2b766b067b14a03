/**
 * Retries of activities and child orchestrations. The library assigns an id to the timer after each
 * failure, including the last, and to each further attempt; the events created here must use the
 * same ids.
 */
import type { Execution } from './execution';
import {
  event,
  EventType,
  isFailure,
  type EventOf,
  type HistoryEvent,
  type Retry,
  type ScheduledEvent,
} from './history';

/**
 * Tasks that the runtime schedules because of an event, before the next actions of the
 * orchestrator.
 */
export function retryAfter(
  execution: Execution,
  historyEvent: HistoryEvent,
  at: Date,
): ScheduledEvent[] {
  if (isFailure(historyEvent)) return waitBeforeRetry(execution, historyEvent.TaskScheduledId, at);
  if (historyEvent.EventType === EventType.TimerFired)
    return nextAttempt(execution, historyEvent.TimerId, at);
  return [];
}

function waitBeforeRetry(execution: Execution, failed: number, at: Date): ScheduledEvent[] {
  const retry = retryOf(execution.scheduled.get(failed));
  if (!retry) return [];
  const fireAt = new Date(at.getTime() + delayMs(retry)).toISOString();
  return [event('TimerCreated', at, { FireAt: fireAt, RetryOf: failed }, execution.nextId)];
}

function nextAttempt(execution: Execution, timerId: number, at: Date): ScheduledEvent[] {
  const timer = execution.scheduled.get(timerId);
  if (timer?.EventType !== EventType.TimerCreated || timer.RetryOf === undefined) return [];
  const failed = execution.scheduled.get(timer.RetryOf) as EventOf<
    'TaskScheduled' | 'SubOrchestrationInstanceCreated'
  >;
  const { policy, attempt } = failed.Retry!;
  if (attempt >= policy.maxNumberOfAttempts) return [];
  const { Action: _first, ...again } = failed;
  return [
    {
      ...again,
      EventId: execution.nextId,
      Timestamp: at.toISOString(),
      Retry: { policy, attempt: attempt + 1 },
    },
  ];
}

const retryOf = (scheduled: ScheduledEvent | undefined): Retry | undefined =>
  scheduled && 'Retry' in scheduled ? scheduled.Retry : undefined;

/** Nothing is waited for after the last attempt, but the library expects the timer. */
function delayMs({ policy, attempt }: Retry): number {
  if (attempt >= policy.maxNumberOfAttempts) return 0;
  const {
    firstRetryIntervalInMilliseconds: first,
    backoffCoefficient: coefficient = 1,
    maxRetryIntervalInMilliseconds: longest = Infinity,
  } = policy;
  return Math.min(first * coefficient ** (attempt - 1), longest);
}
