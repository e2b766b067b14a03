/**
 * Rewinds a failed execution to before its last failed task was reported. The task is pending again
 * under the same id. Other results that had arrived are delivered again, so only tasks scheduled
 * since then run twice.
 */
import { Execution } from '../execution';
import {
  completedId,
  event,
  EventType,
  isFailure,
  type EventOf,
  type HistoryEvent,
} from '../history';

export interface RewoundHistory {
  readonly history: readonly HistoryEvent[];
  readonly inbox: readonly HistoryEvent[];
  /** Failed child, which must be rewound as well. */
  readonly child: EventOf<'SubOrchestrationInstanceCreated'> | undefined;
}

export function rewindHistory(
  events: readonly HistoryEvent[],
  reason: string,
  at: Date,
): RewoundHistory {
  const failedAt = events.findLastIndex(isFailure);
  // Without a failed task the orchestrator itself failed, so its last event is delivered again.
  const lastEpisode = events.findLastIndex(
    (one) => one.EventType === EventType.OrchestratorStarted,
  );
  const cut = failedAt < 0 ? lastEpisode : episodeStartOf(events, failedAt);

  const remaining = new Execution(events.slice(0, cut));
  const failed = failedAt < 0 ? undefined : completedId(events[failedAt]!);
  const inbox = events.slice(cut).filter((one) => isArrival(one, remaining) && !isFailure(one));
  const scheduled = failed === undefined ? undefined : remaining.scheduled.get(failed);
  const note = event('GenericEvent', at, { Data: `Rewound: ${reason}` });
  return {
    history: [...remaining.events, note],
    inbox,
    child:
      scheduled?.EventType === EventType.SubOrchestrationInstanceCreated ? scheduled : undefined,
  };
}

const episodeStartOf = (events: readonly HistoryEvent[], index: number) =>
  events.findLastIndex((one, at) => at <= index && one.EventType === EventType.OrchestratorStarted);

function isArrival(one: HistoryEvent, remaining: Execution): boolean {
  if (one.EventType === EventType.ExecutionStarted || one.EventType === EventType.EventRaised)
    return true;
  const id = completedId(one);
  return id !== undefined && remaining.open.has(id);
}
