/**
 * One execution of an instance: its history, and what follows from it. Everything here is derived by appending
 * events, so an execution that was read back from storage knows exactly what the one that wrote it knew.
 */
import { completedId, isScheduling, type HistoryEvent, type ScheduledEvent } from './history';

export class Execution {
  readonly events: HistoryEvent[] = [];
  /** The events as JSON: every turn sends them all, and each is serialised once. */
  readonly texts: string[] = [];
  readonly scheduled = new Map<number, ScheduledEvent>();
  /** Ids that wait for their completion. */
  readonly open = new Set<number>();
  /** Position of an emitted action to the id it was given. */
  readonly emitted = new Map<number, number>();
  nextId = 0;

  constructor(events: readonly HistoryEvent[] = []) {
    this.append(events);
  }

  append(events: readonly HistoryEvent[]): void {
    for (const historyEvent of events) {
      this.events.push(historyEvent);
      this.texts.push(JSON.stringify(historyEvent));
      this.#follow(historyEvent);
    }
  }

  /** Whether an event still means something: a second completion of one id does not. */
  awaits(historyEvent: HistoryEvent): boolean {
    const id = completedId(historyEvent);
    return id === undefined || this.open.has(id);
  }

  #follow(historyEvent: HistoryEvent): void {
    const completed = completedId(historyEvent);
    if (completed !== undefined) this.open.delete(completed);
    if (!isScheduling(historyEvent)) return;
    this.scheduled.set(historyEvent.EventId, historyEvent);
    this.nextId = historyEvent.EventId + 1;
    if (historyEvent.Action !== undefined)
      this.emitted.set(historyEvent.Action, historyEvent.EventId);
    if (!('Canceled' in historyEvent)) this.open.add(historyEvent.EventId);
  }
}
