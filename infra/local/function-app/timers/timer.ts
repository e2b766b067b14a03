/** One timer-triggered function: fires on its schedule, never beside itself, and once for whatever was missed. */
import type { TypedData } from '../durable/durable-runtime';
import type { Schedule } from './schedule';
import { neverRan, type ScheduleStatus, type TimerStatusStore } from './timer-status';

export interface TimerClock {
  now(): Date;
  /** Calls back after so many milliseconds, or earlier; the returned function calls it off. */
  after(ms: number, callback: () => void): () => void;
}

export interface TimerOptions {
  readonly name: string;
  readonly schedule: Schedule;
  readonly runOnStartup: boolean;
  /** Whether the last run is kept, so that a missed tick is made up for. */
  readonly monitored: boolean;
  readonly clock: TimerClock;
  readonly statuses: TimerStatusStore;
  /** Runs the function. Its failure is logged elsewhere and changes nothing here. */
  readonly run: (trigger: TypedData) => Promise<void>;
}

export class Timer {
  readonly #options: TimerOptions;
  #status: ScheduleStatus;
  #due: Date;
  #callOff: () => void = () => undefined;
  #running: Promise<void> | undefined;
  #stopped = false;

  constructor(options: TimerOptions) {
    this.#options = options;
    const now = options.clock.now();
    this.#due = options.schedule.next(now);
    this.#status = statusOf(neverRan, this.#due, now);
  }

  async start(): Promise<void> {
    const { name, schedule, runOnStartup, monitored, clock, statuses } = this.#options;
    const kept = monitored ? await statuses.read(name) : undefined;
    if (kept) this.#status = kept;
    else if (monitored) await statuses.write(name, this.#status);

    const missed = kept !== undefined && schedule.next(new Date(kept.LastUpdated)) <= clock.now();
    if (missed || runOnStartup) this.#fire(missed);
    else this.#arm();
  }

  /** What a run gets that somebody asked for. */
  trigger(isPastDue = false): TypedData {
    return {
      json: JSON.stringify({
        Schedule: { AdjustForDST: true },
        ScheduleStatus: this.#status,
        IsPastDue: isPastDue,
      }),
    };
  }

  /** Time has jumped: what is due by now fires, once. */
  clockMoved(): void {
    if (this.#running || this.#stopped) return;
    this.#callOff();
    if (this.#due <= this.#options.clock.now()) this.#fire(false);
    else this.#arm();
  }

  /** Waits for a run that has begun. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#callOff();
    await this.#running;
  }

  #arm(): void {
    if (this.#stopped) return;
    const { clock, schedule } = this.#options;
    this.#due = schedule.next(clock.now());
    this.#wait();
  }

  /** A wait may end early, because timers of the runtime end after 24.8 days. */
  #wait(): void {
    const { clock } = this.#options;
    this.#callOff = clock.after(this.#due.getTime() - clock.now().getTime(), () =>
      this.#due <= clock.now() ? this.#fire(false) : this.#wait(),
    );
  }

  #fire(isPastDue: boolean): void {
    this.#running = this.#run(isPastDue).finally(() => {
      this.#running = undefined;
      this.#arm();
    });
  }

  async #run(isPastDue: boolean): Promise<void> {
    const { name, schedule, monitored, clock, statuses, run } = this.#options;
    const began = clock.now();
    await run(this.trigger(isPastDue));
    // Kept when it is done: a run that a crash cut off counts as missed.
    this.#status = statusOf(began.toISOString(), schedule.next(began), began);
    if (monitored) await statuses.write(name, this.#status);
  }
}

const statusOf = (last: string, next: Date, updated: Date): ScheduleStatus => ({
  Last: last,
  Next: next.toISOString(),
  LastUpdated: updated.toISOString(),
});
