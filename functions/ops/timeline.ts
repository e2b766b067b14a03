/**
 * What an orchestration did and when, from the history of its instance. The history does not say which
 * timer belongs to which failure, so a timer that follows a failure directly counts as the pause before
 * its retry, and the next task of that name that starts after the failure as the retry.
 */
import type { HistoryEntry, Instance } from '../durable/instance';

export type TimelineKind = 'step' | 'orchestration' | 'wait' | 'retry_pause' | 'event' | 'control';
/** `cancelled`: the instance ended before the entry did. */
export type TimelineStatus = 'running' | 'completed' | 'failed' | 'cancelled';

export interface TimelineEntry {
  readonly kind: TimelineKind;
  readonly name: string;
  readonly status: TimelineStatus;
  readonly startedAt: string;
  /** Absent while the entry is running. */
  readonly endedAt?: string;
  /** Present for a child orchestration. */
  readonly instanceId?: string;
  /** From 1, for steps and child orchestrations. */
  readonly attempt?: number;
  readonly failure?: string;
  readonly result?: unknown;
}

interface Failed {
  readonly name: string;
  readonly attempt: number;
  readonly at: string;
}

type Mutable = { -readonly [Member in keyof TimelineEntry]: TimelineEntry[Member] };

const taskEnds: Readonly<Record<string, TimelineStatus>> = {
  TaskScheduled: 'running',
  TaskCompleted: 'completed',
  TaskFailed: 'failed',
  SubOrchestrationInstanceCreated: 'running',
  SubOrchestrationInstanceCompleted: 'completed',
  SubOrchestrationInstanceFailed: 'failed',
};

const ends = new Set(['ExecutionCompleted', 'ExecutionFailed', 'ExecutionTerminated']);

const controls: Readonly<Record<string, string>> = {
  ExecutionSuspended: 'suspended',
  ExecutionResumed: 'resumed',
  ExecutionTerminated: 'terminated',
  ExecutionRewound: 'rewound',
  ContinueAsNew: 'continued as new',
};

/** In the order of the starts. */
export function timelineOf({ history }: Pick<Instance, 'history'>): readonly TimelineEntry[] {
  const entries: Mutable[] = [];
  const timers: { readonly fireAt: string | undefined; readonly entry: Mutable }[] = [];
  const failed: Failed[] = [];
  let previous: Mutable | undefined;
  for (const event of [...history].sort(byTime)) {
    const { EventType: type } = event;
    const at = timeOf(event.Timestamp);
    if (type in taskEnds) {
      previous = taskOf(event, taskEnds[type]!, failed);
      if (previous.status === 'failed')
        failed.push({ name: previous.name, attempt: previous.attempt!, at });
      entries.push(previous);
    } else if (type === 'TimerCreated') {
      const isRetry = previous?.status === 'failed';
      const entry: Mutable = {
        kind: isRetry ? 'retry_pause' : 'wait',
        name: isRetry ? previous!.name : 'timer',
        status: 'running',
        startedAt: at,
      };
      timers.push({ fireAt: event.FireAt ?? undefined, entry });
      entries.push(entry);
    } else if (type === 'TimerFired') {
      const fired = timers.findIndex(({ fireAt }) => fireAt === (event.FireAt ?? undefined));
      const [timer] = timers.splice(Math.max(0, fired), 1);
      if (timer) Object.assign(timer.entry, { status: 'completed', endedAt: at });
      previous = undefined;
    } else if (type === 'EventRaised')
      entries.push(moment('event', event.Name ?? event.FunctionName ?? 'event', at));
    else if (controls[type] !== undefined) entries.push(moment('control', controls[type], at));
    if (ends.has(type))
      for (const entry of entries)
        if (entry.status === 'running') Object.assign(entry, { status: 'cancelled', endedAt: at });
  }
  return entries.sort((a, b) => (a.startedAt < b.startedAt ? -1 : 1));
}

function taskOf(event: HistoryEntry, status: TimelineStatus, failed: Failed[]): Mutable {
  const { EventType: type, ScheduledTime, Timestamp, InstanceId, Result } = event;
  const name = event.FunctionName ?? event.Name ?? 'unknown';
  const startedAt = timeOf(ScheduledTime ?? Timestamp);
  const earlier = failed.findIndex((one) => one.name === name && one.at <= startedAt);
  const [retried] = earlier >= 0 ? failed.splice(earlier, 1) : [];
  const failure = event.FailureDetails?.ErrorMessage ?? event.Reason;
  return {
    kind: type.startsWith('Task') ? 'step' : 'orchestration',
    name,
    status,
    startedAt,
    attempt: (retried?.attempt ?? 0) + 1,
    ...(status !== 'running' && { endedAt: timeOf(Timestamp) }),
    ...(InstanceId != null && { instanceId: InstanceId }),
    ...(status === 'failed' && failure != null && { failure }),
    ...(status === 'completed' && Result !== undefined && { result: Result }),
  };
}

const moment = (kind: TimelineKind, name: string, at: string): Mutable => ({
  kind,
  name,
  status: 'completed',
  startedAt: at,
  endedAt: at,
});

const byTime = (a: HistoryEntry, b: HistoryEntry) =>
  Date.parse(a.Timestamp) - Date.parse(b.Timestamp);

/** Durable writes seven decimals. */
const timeOf = (time: string) => new Date(time).toISOString();
