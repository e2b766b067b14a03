/**
 * History events of Durable Task, as the library replays them. `Retry`, `RetryOf`, `Action` and
 * `Canceled` are additions of this runtime, which the library ignores; they make the history
 * sufficient to restore an execution.
 */
export const EventType = {
  ExecutionStarted: 0,
  ExecutionCompleted: 1,
  ExecutionTerminated: 3,
  TaskScheduled: 4,
  TaskCompleted: 5,
  TaskFailed: 6,
  SubOrchestrationInstanceCreated: 7,
  SubOrchestrationInstanceCompleted: 8,
  SubOrchestrationInstanceFailed: 9,
  TimerCreated: 10,
  TimerFired: 11,
  OrchestratorStarted: 12,
  OrchestratorCompleted: 13,
  EventRaised: 15,
  GenericEvent: 17,
  ExecutionSuspended: 19,
  ExecutionResumed: 20,
} as const;

export type FinalStatus = 'Completed' | 'Failed' | 'Terminated';

/** The library throws `Reason \n Details`. */
export interface Failure {
  readonly Reason: string;
  readonly Details: string;
}

export interface RetryPolicy {
  readonly firstRetryIntervalInMilliseconds: number;
  readonly maxNumberOfAttempts: number;
  readonly backoffCoefficient?: number;
  readonly maxRetryIntervalInMilliseconds?: number;
  readonly retryTimeoutInMilliseconds?: number;
}

export interface Retry {
  readonly policy: RetryPolicy;
  /** 1 for the first attempt. */
  readonly attempt: number;
}

interface Scheduled {
  readonly Name: string;
  readonly Input: string;
  readonly Retry?: Retry;
  /** Position among the actions of the orchestrator. Absent for a retry by the runtime. */
  readonly Action?: number;
}

type Fields = {
  ExecutionStarted: {
    readonly Name: string;
    readonly Input: string | null;
    readonly Version?: string;
    /** Copied to the next execution by continue-as-new, as in the Durable Task Framework. */
    readonly ParentTraceContext?: { readonly TraceParent: string };
  };
  ExecutionCompleted: {
    readonly OrchestrationStatus: FinalStatus;
    readonly Result: string | null;
  };
  ExecutionTerminated: { readonly Input: string };
  TaskScheduled: Scheduled;
  TaskCompleted: { readonly TaskScheduledId: number; readonly Result: string };
  TaskFailed: { readonly TaskScheduledId: number } & Failure;
  SubOrchestrationInstanceCreated: Scheduled & {
    readonly InstanceId: string;
    readonly Version?: string;
  };
  SubOrchestrationInstanceCompleted: { readonly TaskScheduledId: number; readonly Result: string };
  SubOrchestrationInstanceFailed: { readonly TaskScheduledId: number } & Failure;
  TimerCreated: {
    readonly FireAt: string;
    /** Id of the failed task or child that is retried after this timer. */
    readonly RetryOf?: number;
    readonly Action?: number;
    readonly Canceled?: boolean;
  };
  TimerFired: { readonly TimerId: number; readonly FireAt: string };
  OrchestratorStarted: object;
  OrchestratorCompleted: object;
  EventRaised: { readonly Name: string; readonly Input: string | null };
  GenericEvent: { readonly Data: string };
  ExecutionSuspended: { readonly Reason: string };
  ExecutionResumed: { readonly Reason: string };
};

export type EventName = keyof Fields;

export type EventOf<Name extends EventName> = {
  [One in Name]: Fields[One] & {
    readonly EventType: (typeof EventType)[One];
    /** Id of the scheduled task, child or timer. -1 for all other events. */
    readonly EventId: number;
    readonly IsPlayed: boolean;
    readonly Timestamp: string;
  };
}[Name];

export type HistoryEvent = EventOf<EventName>;

export type ScheduledEvent = EventOf<
  'TaskScheduled' | 'SubOrchestrationInstanceCreated' | 'TimerCreated'
>;

export function event<Name extends EventName>(
  name: Name,
  at: Date,
  fields: Fields[Name],
  id = -1,
): EventOf<Name> {
  return {
    EventType: EventType[name],
    EventId: id,
    IsPlayed: false,
    Timestamp: at.toISOString(),
    ...fields,
  } as unknown as EventOf<Name>;
}

/** Id of the task, child or timer that an event completes. Undefined if it completes none. */
export function completedId(historyEvent: HistoryEvent): number | undefined {
  if ('TaskScheduledId' in historyEvent) return historyEvent.TaskScheduledId;
  return 'TimerId' in historyEvent ? historyEvent.TimerId : undefined;
}

export const isScheduling = (historyEvent: HistoryEvent): historyEvent is ScheduledEvent =>
  historyEvent.EventType === EventType.TaskScheduled ||
  historyEvent.EventType === EventType.SubOrchestrationInstanceCreated ||
  historyEvent.EventType === EventType.TimerCreated;

export const isFailure = (
  historyEvent: HistoryEvent,
): historyEvent is EventOf<'TaskFailed' | 'SubOrchestrationInstanceFailed'> =>
  historyEvent.EventType === EventType.TaskFailed ||
  historyEvent.EventType === EventType.SubOrchestrationInstanceFailed;
