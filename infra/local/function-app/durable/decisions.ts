/**
 * Converts new actions of an orchestrator to history events, and checks that earlier actions are
 * unchanged.
 */
import type { Action } from './actions';
import type { Execution } from './execution';
import { event, EventType, type RetryPolicy, type ScheduledEvent } from './history';
import { validateAction, type RegisteredFunctions } from './validation';

export interface Decisions {
  readonly events: readonly ScheduledEvent[];
  /** Ids of timers that the orchestrator canceled. */
  readonly canceled: readonly number[];
  /** A new task equals one that is pending; it may be the same task object. */
  readonly repeatsPendingTask: boolean;
}

/** The orchestrator scheduled an invalid action. The instance fails with this message. */
export class InvalidActionError extends Error {
  override readonly name = 'InvalidActionError';
}

export function decide(
  execution: Execution,
  executionId: string,
  actions: readonly Action[],
  registered: RegisteredFunctions,
  at: Date,
): Decisions {
  const events: ScheduledEvent[] = [];
  const canceled: number[] = [];
  actions.forEach((action, position) => {
    const id = execution.emitted.get(position);
    if (id !== undefined) {
      const before = execution.scheduled.get(id)!;
      if (!isSameKind(before, action)) throw nonDeterministic(before, describe(action));
      if (action.kind === 'timer' && action.isCanceled && execution.open.has(id)) canceled.push(id);
      return;
    }
    const violation = validateAction(action, registered);
    if (violation) throw new InvalidActionError(violation);
    const next = execution.nextId + events.length;
    const scheduled = schedule(action, next, position, executionId, at);
    if (scheduled) events.push(scheduled);
  });
  for (const [position, id] of execution.emitted)
    if (position >= actions.length) throw nonDeterministic(execution.scheduled.get(id)!, 'no task');
  return { events, canceled, repeatsPendingTask: repeatsPendingTask(execution, events) };
}

function schedule(
  action: Action,
  id: number,
  position: number,
  executionId: string,
  at: Date,
): ScheduledEvent | undefined {
  switch (action.kind) {
    case 'activity': {
      const { name, input, retry } = action;
      const fields = { Name: name, Input: input, Action: position, ...firstAttempt(retry) };
      return event('TaskScheduled', at, fields, id);
    }
    case 'child': {
      const { name, input, retry, version, instanceId } = action;
      const fields = {
        Name: name,
        Input: input,
        InstanceId: instanceId ?? `${executionId}:${id.toString(16).padStart(4, '0')}`,
        Action: position,
        ...(version !== undefined && { Version: version }),
        ...firstAttempt(retry),
      };
      return event('SubOrchestrationInstanceCreated', at, fields, id);
    }
    case 'timer': {
      const { fireAt, isCanceled } = action;
      const fields = { FireAt: fireAt, Action: position, ...(isCanceled && { Canceled: true }) };
      return event('TimerCreated', at, fields, id);
    }
    case 'wait':
    case 'continueAsNew':
    case 'unsupported':
      return undefined;
  }
}

const firstAttempt = (policy: RetryPolicy | undefined) =>
  policy && { Retry: { policy, attempt: 1 } };

function isSameKind(before: ScheduledEvent, action: Action): boolean {
  switch (before.EventType) {
    case EventType.TaskScheduled:
      return action.kind === 'activity' && action.name === before.Name;
    case EventType.SubOrchestrationInstanceCreated:
      return action.kind === 'child' && action.name === before.Name;
    case EventType.TimerCreated:
      return action.kind === 'timer';
  }
}

function repeatsPendingTask(
  { open, scheduled }: Execution,
  events: readonly ScheduledEvent[],
): boolean {
  if (events.length === 0) return false;
  const waiting = new Set([...open].map((id) => taskSignature(scheduled.get(id)!)));
  return events.some((one) => waiting.has(taskSignature(one)));
}

const taskSignature = (one: ScheduledEvent): string =>
  'Name' in one ? `${one.Name} ${one.Input}` : one.FireAt;

function nonDeterministic(before: ScheduledEvent, now: string): InvalidActionError {
  const what = 'Name' in before ? `'${before.Name}'` : 'a timer';
  return new InvalidActionError(
    `Non-deterministic workflow detected: an earlier run scheduled ${what} as task ${before.EventId}, ` +
      `this run scheduled ${now}. The orchestrator's code has changed, or it depends on time, randomness or I/O.`,
  );
}

function describe(action: Action): string {
  return 'name' in action ? `${action.kind} '${action.name}'` : `a ${action.kind}`;
}
