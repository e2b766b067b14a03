/**
 * One timer-triggered function. Runs never overlap, and any number of missed runs is made up for
 * once.
 */
import type { TypedData } from '../durable/durable-runtime';
import type { Schedule } from './schedule';
import { neverRan, type ScheduleStatus, type TimerStatusStore } from './timer-status';

export interface TimerClock {
  now(): Date;
  /** Calls back after `ms` or earlier. The returned function cancels the call. */
  after(ms: number, callback: () => void): () => void;
}

export interface TimerOptions {
  readonly name: string;
  readonly schedule: Schedule;
  readonly runOnStartup: boolean;
  /** Whether the last run is stored, so that a missed run is made up for. */
  readonly monitored: boolean;
  readonly clock: TimerClock;
  readonly statuses: TimerStatusStore;
  /** Runs the function. Never rejects; failures are logged by the caller. */
  readonly run: (trigger: TypedData) => Promise<void>;
}

export class Timer {
  readonly #options: TimerOptions;
  #status: ScheduleStatus;
  #due: Date;
  #cancelWait: () => void = () => undefined;
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
    const stored = monitored ? await statuses.read(name) : undefined;
    if (stored) this.#status = stored;
    else if (monitored) await statuses.write(name, this.#status);

    const isPastDue =
      stored !== undefined && schedule.next(new Date(stored.LastUpdated)) <= clock.now();
    if (isPastDue || runOnStartup) this.#fire(isPastDue);
    else this.#arm();
  }

  /** The trigger value of a run. */
  trigger(isPastDue = false): TypedData {
    return {
      json: JSON.stringify({
        Schedule: { AdjustForDST: true },
        ScheduleStatus: this.#status,
        IsPastDue: isPastDue,
      }),
    };
  }

  /** Runs the timer once if the clock moved past its due time. */
  clockMoved(): void {
    if (this.#running || this.#stopped) return;
    this.#cancelWait();
    if (this.#due <= this.#options.clock.now()) this.#fire(false);
    else this.#arm();
  }

  /** Resolves when the current run has finished. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelWait();
    await this.#running;
  }

  #arm(): void {
    if (this.#stopped) return;
    const { clock, schedule } = this.#options;
    this.#due = schedule.next(clock.now());
    this.#wait();
  }

  /** A wait may end early, because setTimeout is limited to 24.8 days. */
  #wait(): void {
    const { clock } = this.#options;
    this.#cancelWait = clock.after(this.#due.getTime() - clock.now().getTime(), () =>
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
    // Stored after the run, so that a run interrupted by a crash counts as missed.
    this.#status = statusOf(began.toISOString(), schedule.next(began), began);
    if (monitored) await statuses.write(name, this.#status);
  }
}

const statusOf = (last: string, next: Date, updated: Date): ScheduleStatus => ({
  Last: last,
  Next: next.toISOString(),
  LastUpdated: updated.toISOString(),
});
