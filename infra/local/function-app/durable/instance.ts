/** An orchestration instance: its status, its execution and its queued events. */
import { randomUUID } from 'node:crypto';
import { Execution } from './execution';
import { completedId, event, EventType, type FinalStatus, type HistoryEvent } from './history';

export type RuntimeStatus = 'Pending' | 'Running' | 'Suspended' | FinalStatus;

export const unfinished: readonly RuntimeStatus[] = ['Pending', 'Running', 'Suspended'];

/** The task in the parent's history that the child completes. */
export interface Parent {
  readonly instanceId: string;
  readonly executionId: string;
  readonly taskId: number;
}

/** Status of an instance. input, output and customStatus are JSON. */
export interface Status {
  readonly id: string;
  readonly name: string;
  readonly version?: string | undefined;
  readonly parent?: Parent | undefined;
  readonly executionId: string;
  readonly runtimeStatus: RuntimeStatus;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly input?: string | undefined;
  readonly output?: string | undefined;
  readonly customStatus?: string | undefined;
}

export interface StartInput {
  readonly name: string;
  /** JSON. */
  readonly input?: string | undefined;
  readonly version?: string | undefined;
  readonly parent?: Parent | undefined;
  readonly traceParent?: string | undefined;
}

export const newId = () => randomUUID().replaceAll('-', '');

interface QueuedEvent {
  readonly seq: number;
  readonly event: HistoryEvent;
  /** Time by `performance.now()` at which it arrives. Absent after a restart: it has arrived. */
  readonly arrivesAt?: number;
}

export class Instance implements Status {
  name = '';
  version: string | undefined;
  parent: Parent | undefined;
  executionId = newId();
  runtimeStatus: RuntimeStatus = 'Pending';
  createdAt = new Date();
  updatedAt = this.createdAt;
  input: string | undefined;
  output: string | undefined;
  customStatus: string | undefined;
  execution = new Execution();
  /** Number of histories of this id. Rows of earlier ones are ignored. */
  generation = 0;
  /** Events in the order of arrival. Sequence numbers are never reused. */
  inbox: QueuedEvent[] = [];
  nextSeq = 1;
  /** Whether the engine is delivering the events. */
  isDelivering = false;

  constructor(readonly id: string) {}

  get isFinished(): boolean {
    return !unfinished.includes(this.runtimeStatus);
  }

  /** Events of an instance arrive in the order in which they are sent. */
  enqueue(historyEvent: HistoryEvent, hopMs = 0): void {
    const before = this.inbox.at(-1)?.arrivesAt ?? 0;
    const arrivesAt = Math.max(before, performance.now() + hopMs);
    this.inbox.push({ seq: this.nextSeq++, event: historyEvent, arrivesAt });
  }

  /**
   * Returns the events of the next turn, which are all that have arrived, and drops events that the
   * execution does not await. An event that leads to a retry has a turn of its own: the library numbers
   * the timer of the retry when it reads the event, before what other events of the turn schedule.
   */
  nextEvents(): readonly HistoryEvent[] {
    if (this.isFinished || this.runtimeStatus === 'Suspended') return [];
    const now = performance.now();
    const turn: QueuedEvent[] = [];
    const seen = new Set<number>();
    const dropped = new Set<QueuedEvent>();
    for (const waiting of this.inbox) {
      if ((waiting.arrivesAt ?? 0) > now) break;
      const id = completedId(waiting.event);
      if (!this.execution.awaits(waiting.event) || (id !== undefined && seen.has(id))) {
        dropped.add(waiting);
        continue;
      }
      const isAlone = this.execution.leadsToRetry(waiting.event);
      if (isAlone && turn.length > 0) break;
      turn.push(waiting);
      if (id !== undefined) seen.add(id);
      if (isAlone) break;
    }
    this.inbox = this.inbox.filter((waiting) => !dropped.has(waiting));
    return turn.map((waiting) => waiting.event);
  }

  /** Milliseconds until the next event arrives. Undefined if none is under way. */
  nextArrivalMs(): number | undefined {
    const [next] = this.inbox;
    if (!next || this.isFinished || this.runtimeStatus === 'Suspended') return undefined;
    return Math.max(0, (next.arrivesAt ?? 0) - performance.now());
  }

  /** Begins anew under the same id. Only raised events outlive an execution. */
  start(
    { name, input, version, parent, traceParent }: StartInput,
    runtimeStatus: RuntimeStatus = 'Pending',
    raised: readonly HistoryEvent[] = [],
    hopMs = 0,
  ): void {
    Object.assign(this, { name, input, version, parent, output: undefined });
    this.executionId = newId();
    this.createdAt = new Date();
    const started = event('ExecutionStarted', this.createdAt, {
      Name: name,
      Input: input ?? null,
      ...(version !== undefined && { Version: version }),
      ...(traceParent !== undefined && { ParentTraceContext: { TraceParent: traceParent } }),
    });
    this.rewrite(runtimeStatus, [], [started, ...raised], hopMs);
  }

  finish(status: FinalStatus, output: string): void {
    this.runtimeStatus = status;
    this.updatedAt = new Date();
    this.output = output;
    this.inbox = [];
    const fields = { OrchestrationStatus: status, Result: output };
    this.execution.append([event('ExecutionCompleted', this.updatedAt, fields)]);
  }

  rewrite(
    runtimeStatus: RuntimeStatus,
    history: readonly HistoryEvent[],
    inbox: readonly HistoryEvent[],
    hopMs = 0,
  ): void {
    this.runtimeStatus = runtimeStatus;
    this.updatedAt = new Date();
    this.execution = new Execution(history);
    this.generation++;
    this.inbox = [];
    inbox.forEach((historyEvent) => this.enqueue(historyEvent, hopMs));
  }

  /** Raised events that no wait has consumed. Each wait consumes the oldest event of its name. */
  unhandledEvents(waits: readonly string[]): HistoryEvent[] {
    const openWaits = new Map<string, number>();
    for (const name of waits) openWaits.set(name, (openWaits.get(name) ?? 0) + 1);
    const known = this.execution.events.filter((historyEvent) => {
      if (historyEvent.EventType !== EventType.EventRaised) return false;
      const waiting = openWaits.get(historyEvent.Name) ?? 0;
      openWaits.set(historyEvent.Name, waiting - 1);
      return waiting <= 0;
    });
    const queued = this.inbox
      .map((waiting) => waiting.event)
      .filter((historyEvent) => historyEvent.EventType === EventType.EventRaised);
    return [...known, ...queued];
  }
}
