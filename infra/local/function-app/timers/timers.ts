/** The timer-triggered functions of an app. */
import { join } from 'node:path';
import type { TypedData } from '../durable/durable-runtime';
import { resolveReferences, type Environment } from '../worker/environment';
import type { RegisteredFunction } from '../worker/registered-function';
import { parseSchedule } from './schedule';
import { Timer, type TimerClock } from './timer';
import { timerStatusFiles } from './timer-status';

export interface Timers {
  /** NCRONTAB expression by function name, with settings resolved. */
  readonly schedules: ReadonlyMap<string, string>;
  start(): Promise<void>;
  /** Trigger value of a manual run. Undefined if there is no timer of that name. */
  trigger(name: string): TypedData | undefined;
  clockMoved(): void;
  stop(): Promise<void>;
}

export interface TimersOptions {
  readonly functions: readonly RegisteredFunction[];
  readonly env: Environment;
  readonly dataFolder: string;
  readonly run: (fn: RegisteredFunction, trigger: TypedData) => Promise<void>;
  readonly clock?: TimerClock;
}

const maxTimeoutMs = 2 ** 31 - 1;
/** For shorter intervals the platform does not store the last run. */
const minMonitoredIntervalMs = 60_000;

const systemClock: TimerClock = {
  now: () => new Date(),
  after(ms, callback) {
    const timer = setTimeout(callback, Math.min(Math.max(ms, 0), maxTimeoutMs));
    return () => clearTimeout(timer);
  },
};

export function createTimers(options: TimersOptions): Timers {
  const { functions, env, dataFolder, run, clock = systemClock } = options;
  const statuses = timerStatusFiles(join(dataFolder, 'timers'));
  const schedules = new Map<string, string>();
  const timers = new Map<string, Timer>();
  for (const fn of functions) {
    const { name, trigger } = fn;
    try {
      const expression = resolveReferences(trigger.schedule ?? '', env);
      const schedule = parseSchedule(expression);
      const first = schedule.next(clock.now());
      const intervalMs = schedule.next(first).getTime() - first.getTime();
      const monitored = trigger.useMonitor !== false && intervalMs >= minMonitoredIntervalMs;
      const runOnStartup = trigger.runOnStartup === true;
      const toRun = (value: TypedData) => run(fn, value);
      schedules.set(name, expression);
      timers.set(
        name,
        new Timer({ name, schedule, runOnStartup, monitored, clock, statuses, run: toRun }),
      );
    } catch (error) {
      throw new Error(`Function "${name}" has no valid schedule: ${(error as Error).message}`, {
        cause: error,
      });
    }
  }
  const all = [...timers.values()];
  return {
    schedules,
    start: async () => void (await Promise.all(all.map((timer) => timer.start()))),
    trigger: (name) => timers.get(name)?.trigger(),
    clockMoved: () => all.forEach((timer) => timer.clockMoved()),
    stop: async () => void (await Promise.all(all.map((timer) => timer.stop()))),
  };
}
