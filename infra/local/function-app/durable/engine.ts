/**
 * Runs the orchestration instances. The events that have arrived lead to one episode; episodes of an
 * instance never overlap, and the tasks that an episode schedules are dispatched after the episode
 * is stored.
 */
import type { DurableOptions } from './durable-runtime';
import { Queues } from './delivery';
import { Dispatcher, isSameParent } from './dispatcher';
import type { Execution } from './execution';
import { completedId, type HistoryEvent } from './history';
import { pause } from './retry-until-done';
import { Instance, unfinished, type StartInput } from './instance';
import type { InstanceTable } from './storage/instance-table';
import { ConcurrencyLimiter } from './concurrency-limiter';
import { KeyedQueue } from './keyed-queue';
import type { RegisteredFunctions } from './validation';
import { isTaskKnown, replay, unknownOrchestrator } from './replay';
import { InstanceWriter, type Effect } from './storage/instance-writer';
import { ChangeTracker } from './storage/change-tracker';
import { versionMismatch } from './version-match';
import { runEpisode, type Replayer, type Episode } from './episode';

const firstWaitMs = 250;
const maxWaitMs = 30_000;

export class Engine {
  readonly registeredFunctions: RegisteredFunctions;
  /** Instances that are unfinished, or finished but not stored yet. */
  readonly #loaded = new Map<string, InstanceWriter>();
  readonly #queue = new KeyedQueue();
  readonly #replayer: Replayer;
  readonly #replays: ConcurrencyLimiter;
  readonly #queues: Queues;
  readonly #stopping = new AbortController();
  readonly #running = new Set<Promise<unknown>>();
  readonly dispatcher: Dispatcher;

  constructor(
    readonly options: DurableOptions,
    readonly table: InstanceTable,
  ) {
    this.registeredFunctions = {
      orchestrators: new Set(options.orchestrators),
      activities: new Set(options.activities),
    };
    this.#replayer = {
      registeredFunctions: this.registeredFunctions,
      replay: async (instance, fresh) =>
        versionMismatch(instance.version, options) ??
        (this.registeredFunctions.orchestrators.has(instance.name)
          ? replay(options.invoke, instance, fresh)
          : unknownOrchestrator(instance.name)),
      isTaskKnown: (instance, id) => isTaskKnown(options.invoke, instance, id),
    };
    this.#replays = new ConcurrencyLimiter(options.maxConcurrentOrchestratorFunctions);
    this.#queues = new Queues(options);
    this.dispatcher = new Dispatcher(this);
  }

  get stopping(): AbortSignal {
    return this.#stopping.signal;
  }

  get isStopping(): boolean {
    return this.stopping.aborted;
  }

  findLoaded(id: string): InstanceWriter | undefined {
    return this.#loaded.get(id);
  }

  unfinished(): Instance[] {
    return [...this.#loaded.values()]
      .map(({ instance }) => instance)
      .filter(({ isFinished }) => !isFinished);
  }

  /** Runs work on an instance, never at the same time as one of its episodes. */
  runExclusive<T>(id: string, work: () => Promise<T>): Promise<T> {
    return this.#queue.run(id, work);
  }

  /** Loads an instance, finished or not. Call it within `runExclusive`. */
  async find(id: string): Promise<InstanceWriter | undefined> {
    const live = this.#loaded.get(id);
    if (live) return live;
    const found = await this.table.load(id);
    return found && this.#writer(found.instance, new ChangeTracker(found));
  }

  /**
   * Starts an instance and resolves when it is stored. Replaces a finished instance of the same id.
   * Resolves to the existing instance instead if that is unfinished or is the requested child.
   */
  startInstance(id: string, beginning: StartInput): Promise<Instance | undefined> {
    return this.runExclusive(id, async () => {
      const found = await this.find(id);
      const isTheChild = beginning.parent && isSameParent(found?.instance.parent, beginning.parent);
      if (found && (isTheChild || !found.instance.isFinished)) return found.instance;
      const writer = found ?? this.#writer(new Instance(id));
      const { version = this.options.defaultVersion } = beginning;
      writer.instance.start({ ...beginning, version }, 'Pending', [], this.#queues.hop());
      await this.activate(writer);
      return undefined;
    });
  }

  /** Loads an instance into memory, stores it and dispatches its pending tasks. */
  async activate(writer: InstanceWriter): Promise<void> {
    this.#loaded.set(writer.instance.id, writer);
    await writer.save();
    this.#resume(writer);
  }

  /** Queues an event for an instance. Ignores events of an earlier execution. */
  post(writer: InstanceWriter, historyEvent: HistoryEvent, execution: Execution): void {
    const { instance } = writer;
    if (instance.execution !== execution || instance.isFinished || !execution.awaits(historyEvent))
      return;
    instance.enqueue(historyEvent, this.#queues.hop());
    this.deliver(writer);
    if (!instance.isDelivering) this.background(writer.save());
  }

  /** Runs episodes until no event can be delivered. */
  deliver(writer: InstanceWriter): void {
    const { instance } = writer;
    if (instance.isDelivering || this.isStopping || instance.nextArrivalMs() === undefined) return;
    instance.isDelivering = true;
    this.background(this.#deliverAll(writer));
  }

  /** Stores an instance. Removes a finished one from memory. */
  async save(writer: InstanceWriter, ...effects: readonly Effect[]): Promise<void> {
    await writer.save(...effects);
    const { instance } = writer;
    if (instance.isFinished && writer.isIdle) this.#loaded.delete(instance.id);
  }

  /** Runs work in the background; only `stop` waits for it. */
  background(work: Promise<unknown>): void {
    const tracked = work
      .catch((error: unknown) => this.options.log(`Durable: ${describe(error)}`))
      .finally(() => this.#running.delete(tracked));
    this.#running.add(tracked);
  }

  /** Loads all unfinished instances and dispatches their pending tasks. */
  async recover(): Promise<void> {
    const writers: InstanceWriter[] = [];
    for (const id of await this.table.ids({ statuses: unfinished })) {
      const writer = await this.find(id);
      if (!writer) continue;
      this.#loaded.set(id, writer);
      writers.push(writer);
    }
    for (const writer of writers) this.#resume(writer);
  }

  clockMoved(): void {
    this.dispatcher.clockMoved();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.dispatcher.stop();
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  #resume(writer: InstanceWriter): void {
    const { execution, inbox } = writer.instance;
    const arrived = new Set(inbox.map(({ event }) => completedId(event)));
    for (const id of execution.open)
      if (!arrived.has(id)) this.dispatcher.dispatch(writer, execution, id);
    this.deliver(writer);
  }

  async #deliverAll(writer: InstanceWriter): Promise<void> {
    const { instance } = writer;
    let wait = firstWaitMs;
    while (!this.isStopping) {
      const arrivalMs = instance.nextArrivalMs();
      if (arrivalMs === undefined) break;
      if (arrivalMs > 0) await pause(arrivalMs, this.stopping);
      const hasRun = await this.runExclusive(instance.id, () => this.#runEpisode(writer));
      if (hasRun) wait = firstWaitMs;
      else await pause(wait, this.stopping);
      if (!hasRun) wait = Math.min(wait * 2, maxWaitMs);
    }
    instance.isDelivering = false;
    if (instance.inbox.length > 0) await this.save(writer);
  }

  /** Resolves to false if the orchestrator could not be run; its events stay queued. */
  async #runEpisode(writer: InstanceWriter): Promise<boolean> {
    const { instance } = writer;
    const turn = instance.nextEvents();
    if (turn.length === 0) return true;
    try {
      const episode = await this.#replays.run(() => runEpisode(instance, turn, this.#replayer));
      this.background(this.save(writer, () => this.#dispatchResults(writer, episode)));
      return true;
    } catch (error) {
      this.options.log(
        `Durable: ${instance.name} ${instance.id} could not be run and is retried: ${describe(error)}`,
      );
      return false;
    }
  }

  /** Dispatches the tasks of an episode after it is stored. */
  #dispatchResults(writer: InstanceWriter, episode: Episode): void {
    const { execution, executionId, scheduled, canceled, ended } = episode;
    this.dispatcher.disarm(executionId, canceled);
    if (execution !== writer.instance.execution || writer.instance.isFinished)
      this.dispatcher.disarm(executionId, execution.open);
    for (const id of scheduled) this.dispatcher.dispatch(writer, execution, id);
    if (ended) this.dispatcher.report(episode.parent, ended);
  }

  #writer(instance: Instance, tracker = new ChangeTracker()): InstanceWriter {
    const { table } = this;
    const { log } = this.options;
    return new InstanceWriter(instance, { table, log, stopping: this.stopping }, tracker);
  }
}

const describe = (error: unknown) =>
  error instanceof Error ? (error.stack ?? error.message) : String(error);
