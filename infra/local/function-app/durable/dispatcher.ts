/**
 * Runs the activities, timers and child orchestrations that an episode scheduled, and posts their
 * results as events.
 */
import { activityFailure, childFailure, orchestratorFailure } from './failures';
import type { Execution } from './execution';
import { event, EventType, type EventOf, type HistoryEvent } from './history';
import { pause, retryUntilDone } from './retry-until-done';
import type { Instance, Parent, StartInput } from './instance';
import { ConcurrencyLimiter } from './concurrency-limiter';
import type { InstanceWriter } from './storage/instance-writer';
import { Queues } from './delivery';
import { Timers } from './timers';
import { childOf } from '../worker/trace-parent';
import type { InstanceResult } from './episode';
import type { DurableOptions, TypedData } from './durable-runtime';

/** What the dispatcher needs of the engine. */
export interface DispatchTarget {
  readonly options: DurableOptions;
  readonly stopping: AbortSignal;
  readonly isStopping: boolean;
  findLoaded(id: string): InstanceWriter | undefined;
  post(writer: InstanceWriter, historyEvent: HistoryEvent, execution: Execution): void;
  background(work: Promise<unknown>): void;
  startInstance(id: string, input: StartInput): Promise<Instance | undefined>;
}

export class Dispatcher {
  readonly #activities: ConcurrencyLimiter;
  readonly #timers = new Timers();
  readonly #queues: Queues;

  constructor(private readonly engine: DispatchTarget) {
    this.#queues = new Queues(engine.options);
    this.#activities = new ConcurrencyLimiter(engine.options.maxConcurrentActivityFunctions);
  }

  dispatch(writer: InstanceWriter, execution: Execution, id: number): void {
    const scheduled = execution.scheduled.get(id);
    if (!scheduled || !isPending(writer, execution, id)) return;
    switch (scheduled.EventType) {
      case EventType.TaskScheduled: {
        const hopMs = this.#queues.hop();
        const again = this.#queues.redelivery();
        this.engine.background(this.#run(writer, execution, scheduled, hopMs));
        if (again !== undefined)
          this.engine.background(this.#redeliver(writer, execution, scheduled, hopMs + again));
        return;
      }
      case EventType.SubOrchestrationInstanceCreated:
        return this.engine.background(this.#startChild(writer, execution, scheduled));
      case EventType.TimerCreated:
        return this.#arm(writer, execution, scheduled);
    }
  }

  /**
   * Posts the result of a child to its parent. A parent that is not loaded gets it when it is
   * recovered.
   */
  report(parent: Parent | undefined, result: InstanceResult): void {
    const writer = parent && this.engine.findLoaded(parent.instanceId);
    if (!writer || writer.instance.executionId !== parent.executionId) return;
    const { taskId } = parent;
    const completion =
      'result' in result
        ? event('SubOrchestrationInstanceCompleted', new Date(), {
            TaskScheduledId: taskId,
            Result: result.result,
          })
        : event('SubOrchestrationInstanceFailed', new Date(), {
            TaskScheduledId: taskId,
            ...result.failure,
          });
    this.engine.post(writer, completion, writer.instance.execution);
  }

  /** Cancels timers of an execution. */
  disarm(executionId: string, ids: Iterable<number>): void {
    for (const id of ids) this.#timers.disarm(timerKey(executionId, id));
  }

  clockMoved(): void {
    this.#timers.clockMoved();
  }

  stop(): void {
    this.#timers.stop();
  }

  async #run(
    writer: InstanceWriter,
    execution: Execution,
    task: EventOf<'TaskScheduled'>,
    hopMs: number,
  ): Promise<void> {
    if (hopMs > 0) await pause(hopMs, this.engine.stopping);
    await this.#activities.run(async () => {
      if (this.engine.isStopping || !isPending(writer, execution, task.EventId)) return;
      this.engine.post(writer, await this.#outcome(task, execution), execution);
    });
  }

  /** Runs the activity whether its first delivery has completed it or not. One result counts. */
  async #redeliver(
    writer: InstanceWriter,
    execution: Execution,
    task: EventOf<'TaskScheduled'>,
    afterMs: number,
  ): Promise<void> {
    await pause(afterMs, this.engine.stopping);
    await this.#activities.run(async () => {
      if (this.engine.isStopping) return;
      this.engine.post(writer, await this.#outcome(task, execution), execution);
    });
  }

  async #outcome(
    { EventId: TaskScheduledId, Name, Input }: EventOf<'TaskScheduled'>,
    { traceParent }: Execution,
  ) {
    try {
      const span = traceParent && childOf(traceParent);
      const Result = json(await this.engine.options.invoke(Name, { json: Input }, span));
      return event('TaskCompleted', new Date(), { TaskScheduledId, Result });
    } catch (error) {
      const failure = activityFailure(Name, error);
      return event('TaskFailed', new Date(), { TaskScheduledId, ...failure });
    }
  }

  #arm(writer: InstanceWriter, execution: Execution, timer: EventOf<'TimerCreated'>): void {
    const { EventId: TimerId, FireAt } = timer;
    this.#timers.arm(timerKey(writer.instance.executionId, TimerId), new Date(FireAt), () =>
      this.engine.post(writer, event('TimerFired', new Date(), { TimerId, FireAt }), execution),
    );
  }

  /**
   * Also called for a child that was started before a crash: posts its result if it has finished.
   */
  async #startChild(
    writer: InstanceWriter,
    execution: Execution,
    created: EventOf<'SubOrchestrationInstanceCreated'>,
  ): Promise<void> {
    const { Name: name, Input: input, Version: version, InstanceId: id, EventId } = created;
    const { id: instanceId, executionId } = writer.instance;
    const { traceParent } = execution;
    const parent = { instanceId, executionId, taskId: EventId };
    const { log } = this.engine.options;
    const existing = await retryUntilDone(
      { what: `Starting ${name} ${id}`, log, stopping: this.engine.stopping },
      () => this.engine.startInstance(id, { name, input, version, parent, traceParent }),
    );
    if (!existing) return;
    if (!isSameParent(existing.parent, parent)) {
      const message = `An orchestration instance '${id}' with the status ${existing.runtimeStatus} already exists.`;
      const failure = childFailure(name, orchestratorFailure(message));
      const TaskScheduledId = EventId;
      const failed = { TaskScheduledId, ...failure };
      this.engine.post(
        writer,
        event('SubOrchestrationInstanceFailed', new Date(), failed),
        execution,
      );
    } else if (existing.isFinished) this.report(parent, resultOf(existing));
  }
}

export const isSameParent = (one: Parent | undefined, other: Parent | undefined): boolean =>
  one?.instanceId === other?.instanceId &&
  one?.executionId === other?.executionId &&
  one?.taskId === other?.taskId;

/** The result of a finished instance. */
export function resultOf({ name, runtimeStatus, output = 'null' }: Instance): InstanceResult {
  if (runtimeStatus === 'Completed') return { result: output };
  return { failure: childFailure(name, orchestratorFailure(String(JSON.parse(output)))) };
}

const isPending = ({ instance }: InstanceWriter, execution: Execution, id: number): boolean =>
  instance.execution === execution && !instance.isFinished && execution.open.has(id);

const timerKey = (executionId: string, id: number) => `${executionId}/${id}`;

function json(data: TypedData | undefined): string {
  if (data === undefined) return 'null';
  if ('json' in data) return data.json;
  if ('string' in data) return JSON.stringify(data.string);
  if ('bytes' in data) return JSON.stringify(Buffer.from(data.bytes).toString('base64'));
  return JSON.stringify('int' in data ? data.int : data.double);
}
