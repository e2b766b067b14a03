/**
 * Runs the instances: events come in, turns follow one by one per instance, and what a turn causes is dispatched
 * when it is stored.
 */
import type { DurableOptions } from './durable-runtime';
import { Dispatcher, isSame } from './dispatcher';
import type { Execution } from './execution';
import { completedId, type HistoryEvent } from './history';
import { pause } from './retry-until-done';
import { Instance, unfinished, type Beginning } from './instance';
import type { InstanceTable } from './storage/instance-table';
import { KeyedQueue, Limiter } from './keyed-queue';
import type { Registered } from './validation';
import { knows, replay } from './replay';
import { InstanceWriter, type Effect } from './storage/instance-writer';
import { Tracker } from './storage/change-tracker';
import { runEpisode, type Library, type Turn } from './episode';

const firstWaitInMs = 250;
const longestWaitInMs = 30_000;

export class Engine {
  readonly registered: Registered;
  /** Instances that are unfinished, or finished and not stored yet. */
  readonly #live = new Map<string, InstanceWriter>();
  readonly #lanes = new KeyedQueue();
  readonly #library: Library;
  readonly #replays: Limiter;
  readonly #stopping = new AbortController();
  readonly #underway = new Set<Promise<unknown>>();
  readonly dispatcher: Dispatcher;

  constructor(
    readonly options: DurableOptions,
    readonly table: InstanceTable,
  ) {
    this.registered = {
      orchestrators: new Set(options.orchestrators),
      activities: new Set(options.activities),
    };
    this.#library = {
      registered: this.registered,
      replay: (instance, fresh) => replay(options.invoke, instance, fresh),
      knows: (instance, id) => knows(options.invoke, instance, id),
    };
    this.#replays = new Limiter(options.maxConcurrentOrchestratorFunctions);
    this.dispatcher = new Dispatcher(this);
  }

  get stopping(): AbortSignal {
    return this.#stopping.signal;
  }

  get isStopping(): boolean {
    return this.stopping.aborted;
  }

  live(id: string): InstanceWriter | undefined {
    return this.#live.get(id);
  }

  unfinished(): Instance[] {
    return [...this.#live.values()]
      .map(({ instance }) => instance)
      .filter(({ isFinished }) => !isFinished);
  }

  /** Work on one instance: never at the same time as a turn of it. */
  exclusively<T>(id: string, work: () => Promise<T>): Promise<T> {
    return this.#lanes.run(id, work);
  }

  /** The instance, finished or not. Call it exclusively. */
  async find(id: string): Promise<InstanceWriter | undefined> {
    const live = this.#live.get(id);
    if (live) return live;
    const found = await this.table.load(id);
    return found && this.#saver(found.instance, new Tracker(found));
  }

  /**
   * Begins an instance, in the place of a finished one of that id, and resolves when it is stored. Answers the
   * instance that is in the way instead: an unfinished one, or the very child that is asked for.
   */
  begin(id: string, beginning: Beginning): Promise<Instance | undefined> {
    return this.exclusively(id, async () => {
      const found = await this.find(id);
      const isTheChild = beginning.parent && isSame(found?.instance.parent, beginning.parent);
      if (found && (isTheChild || !found.instance.isFinished)) return found.instance;
      const saver = found ?? this.#saver(new Instance(id));
      saver.instance.begin(beginning);
      await this.activate(saver);
      return undefined;
    });
  }

  /** Keeps an instance in memory from now on, stores it, and sets going what it waits for. */
  async activate(saver: InstanceWriter): Promise<void> {
    this.#live.set(saver.instance.id, saver);
    await saver.save();
    this.#resume(saver);
  }

  /** An event for an instance. Nothing when the execution it is meant for is over. */
  post(saver: InstanceWriter, happened: HistoryEvent, execution: Execution): void {
    const { instance } = saver;
    if (instance.execution !== execution || instance.isFinished || !execution.awaits(happened))
      return;
    instance.accept(happened);
    this.deliver(saver);
    if (!instance.isDelivering) this.background(saver.save());
  }

  /** Takes turns until no event is left that may be delivered. */
  deliver(saver: InstanceWriter): void {
    const { instance } = saver;
    if (instance.isDelivering || this.isStopping || !instance.next()) return;
    instance.isDelivering = true;
    this.background(this.#deliverAll(saver));
  }

  /** Stores an instance; what follows from a finished one is forgotten with it. */
  async save(saver: InstanceWriter, ...effects: readonly Effect[]): Promise<void> {
    await saver.save(...effects);
    const { instance } = saver;
    if (instance.isFinished && saver.isIdle) this.#live.delete(instance.id);
  }

  /** Work that nobody waits for, except for stop. */
  background(work: Promise<unknown>): void {
    const watched = work
      .catch((error: unknown) => this.options.log(`Durable: ${describe(error)}`))
      .finally(() => this.#underway.delete(watched));
    this.#underway.add(watched);
  }

  /** Carries on with everything that was not finished when the last runtime ended. */
  async recover(): Promise<void> {
    const savers: InstanceWriter[] = [];
    for (const id of await this.table.ids({ statuses: unfinished })) {
      const saver = await this.find(id);
      if (!saver) continue;
      this.#live.set(id, saver);
      savers.push(saver);
    }
    for (const saver of savers) this.#resume(saver);
  }

  clockMoved(): void {
    this.dispatcher.clockMoved();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.dispatcher.stop();
    while (this.#underway.size > 0) await Promise.all(this.#underway);
  }

  #resume(saver: InstanceWriter): void {
    const { execution, inbox } = saver.instance;
    const arrived = new Set(inbox.map(({ event }) => completedId(event)));
    for (const id of execution.open)
      if (!arrived.has(id)) this.dispatcher.dispatch(saver, execution, id);
    this.deliver(saver);
  }

  async #deliverAll(saver: InstanceWriter): Promise<void> {
    const { instance } = saver;
    let wait = firstWaitInMs;
    while (!this.isStopping && instance.next()) {
      const taken = await this.exclusively(instance.id, () => this.#turn(saver));
      if (taken) wait = firstWaitInMs;
      else await pause(wait, this.stopping);
      if (!taken) wait = Math.min(wait * 2, longestWaitInMs);
    }
    instance.isDelivering = false;
    if (instance.inbox.length > 0) await this.save(saver);
  }

  /** False when the orchestrator could not be run; its event stays where it is. */
  async #turn(saver: InstanceWriter): Promise<boolean> {
    const { instance } = saver;
    const happened = instance.next();
    if (!happened) return true;
    try {
      const turn = await this.#replays.run(() => runEpisode(instance, happened, this.#library));
      this.background(this.save(saver, () => this.#follow(saver, turn)));
      return true;
    } catch (error) {
      this.options.log(
        `Durable: ${instance.name} ${instance.id} could not be run, trying again: ${describe(error)}`,
      );
      return false;
    }
  }

  /** What a stored turn causes. */
  #follow(saver: InstanceWriter, turn: Turn): void {
    const { execution, executionId, scheduled, canceled, ended } = turn;
    this.dispatcher.disarm(executionId, canceled);
    if (execution !== saver.instance.execution || saver.instance.isFinished)
      this.dispatcher.disarm(executionId, execution.open);
    for (const id of scheduled) this.dispatcher.dispatch(saver, execution, id);
    if (ended) this.dispatcher.report(turn.parent, ended);
  }

  #saver(instance: Instance, tracker = new Tracker()): InstanceWriter {
    const { table } = this;
    const { log } = this.options;
    return new InstanceWriter(instance, { table, log, stopping: this.stopping }, tracker);
  }
}

const describe = (error: unknown) =>
  error instanceof Error ? (error.stack ?? error.message) : String(error);
