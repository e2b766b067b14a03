/**
 * Rewinding takes a failed execution back to the moment before its last failed task was reported. That task is open
 * again, under its old id; what else had arrived by then or later is delivered again, so nothing else runs twice
 * that had not been asked for since.
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
  /** Failed children, to be rewound themselves. */
  readonly child: EventOf<'SubOrchestrationInstanceCreated'> | undefined;
}

export function rewindHistory(
  events: readonly HistoryEvent[],
  reason: string,
  at: Date,
): RewoundHistory {
  const failedAt = events.findLastIndex(isFailure);
  // Without a failed task the orchestrator failed by itself: it is given its last event again.
  const lastTurn = events.findLastIndex((one) => one.EventType === EventType.OrchestratorStarted);
  const cut = failedAt < 0 ? lastTurn : episodeStartOf(events, failedAt);

  const kept = new Execution(events.slice(0, cut));
  const failed = failedAt < 0 ? undefined : completedId(events[failedAt]!);
  const inbox = events.slice(cut).filter((one) => isArrival(one, kept) && !isFailure(one));
  const scheduled = failed === undefined ? undefined : kept.scheduled.get(failed);
  const note = event('GenericEvent', at, { Data: `Rewound: ${reason}` });
  return {
    history: [...kept.events, note],
    inbox,
    child:
      scheduled?.EventType === EventType.SubOrchestrationInstanceCreated ? scheduled : undefined,
  };
}

const episodeStartOf = (events: readonly HistoryEvent[], index: number) =>
  events.findLastIndex((one, at) => at <= index && one.EventType === EventType.OrchestratorStarted);

function isArrival(one: HistoryEvent, kept: Execution): boolean {
  if (one.EventType === EventType.ExecutionStarted || one.EventType === EventType.EventRaised)
    return true;
  const id = completedId(one);
  return id !== undefined && kept.open.has(id);
}
