/**
 * One execution of an instance: its history and the state derived from it. All state is derived by
 * appending events, so an execution loaded from storage equals the one that was stored.
 */
import {
  completedId,
  EventType,
  isFailure,
  isScheduling,
  type HistoryEvent,
  type ScheduledEvent,
} from './history';

export class Execution {
  readonly events: HistoryEvent[] = [];
  /** The events as JSON. Every episode sends all of them, so each is serialized once. */
  readonly texts: string[] = [];
  readonly scheduled = new Map<number, ScheduledEvent>();
  /** Ids of pending tasks. */
  readonly open = new Set<number>();
  /** Id by the position of the action among all actions. */
  readonly emitted = new Map<number, number>();
  nextId = 0;
  /** Of the request or the parent that started the instance. */
  traceParent: string | undefined;

  constructor(events: readonly HistoryEvent[] = []) {
    this.append(events);
  }

  append(events: readonly HistoryEvent[]): void {
    for (const historyEvent of events) {
      this.events.push(historyEvent);
      this.texts.push(JSON.stringify(historyEvent));
      this.#derive(historyEvent);
    }
  }

  /** Returns false for a second completion of the same id. */
  awaits(historyEvent: HistoryEvent): boolean {
    const id = completedId(historyEvent);
    return id === undefined || this.open.has(id);
  }

  /** Whether the runtime schedules a wait or another attempt because of this event. */
  leadsToRetry(historyEvent: HistoryEvent): boolean {
    const id = completedId(historyEvent);
    const scheduled = id === undefined ? undefined : this.scheduled.get(id);
    if (!scheduled) return false;
    return isFailure(historyEvent) ? 'Retry' in scheduled : 'RetryOf' in scheduled;
  }

  #derive(historyEvent: HistoryEvent): void {
    const completed = completedId(historyEvent);
    if (completed !== undefined) this.open.delete(completed);
    if (historyEvent.EventType === EventType.ExecutionStarted)
      this.traceParent = historyEvent.ParentTraceContext?.TraceParent;
    if (!isScheduling(historyEvent)) return;
    this.scheduled.set(historyEvent.EventId, historyEvent);
    this.nextId = historyEvent.EventId + 1;
    if (historyEvent.Action !== undefined)
      this.emitted.set(historyEvent.Action, historyEvent.EventId);
    if (!('Canceled' in historyEvent)) this.open.add(historyEvent.EventId);
  }
}
