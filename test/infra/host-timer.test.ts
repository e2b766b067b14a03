import type { TypedData } from '../../infra/local/function-app/durable/durable-runtime';
import { parseSchedule } from '../../infra/local/function-app/timers/schedule';
import { Timer, type TimerClock } from '../../infra/local/function-app/timers/timer';
import type {
  ScheduleStatus,
  TimerStatusStore,
} from '../../infra/local/function-app/timers/timer-status';

/** A clock that only the test moves. Waits longer than a day end early. */
function manualClock(start: string): TimerClock & { moveTo(time: string): Promise<void> } {
  let now = new Date(start);
  const waits = new Set<{ readonly at: number; readonly callback: () => void }>();
  return {
    now: () => now,
    after(ms, callback) {
      const wait = { at: now.getTime() + Math.min(ms, 86_400_000), callback };
      waits.add(wait);
      return () => void waits.delete(wait);
    },
    async moveTo(time) {
      for (const end = Date.parse(time); ;) {
        const [next] = [...waits].sort((a, b) => a.at - b.at);
        if (!next || next.at > end) break;
        now = new Date(next.at);
        waits.delete(next);
        next.callback();
        await settled();
      }
      now = new Date(time);
    },
  };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

function memory(): TimerStatusStore & { readonly kept: Map<string, ScheduleStatus> } {
  const kept = new Map<string, ScheduleStatus>();
  return {
    kept,
    read: async (name) => kept.get(name),
    write: async (name, status) => void kept.set(name, status),
  };
}

/** An hourly timer and the times of its runs. */
function hourly(
  start: string,
  statuses = memory(),
  options: Partial<{ runOnStartup: boolean }> = {},
) {
  const clock = manualClock(start);
  const runs: { at: string; IsPastDue: boolean; ScheduleStatus: ScheduleStatus }[] = [];
  let during = async () => {};
  const timer = new Timer({
    name: 'hourly',
    schedule: parseSchedule('0 0 * * * *'),
    runOnStartup: false,
    monitored: true,
    clock,
    statuses,
    async run(trigger: TypedData) {
      const payload = JSON.parse((trigger as { json: string }).json);
      runs.push({ at: clock.now().toISOString(), ...payload });
      await during();
    },
    ...options,
  });
  const whileRunning = (work: () => Promise<void>) => void (during = work);
  return { clock, timer, runs, statuses, whileRunning };
}

describe('Timer', () => {
  it('runs at each full hour of an hourly schedule', async () => {
    const { clock, timer, runs } = hourly('2026-01-01T00:30:00Z');
    await timer.start();

    await clock.moveTo('2026-01-01T03:10:00Z');

    expect(runs.map(({ at, IsPastDue }) => [at, IsPastDue])).toEqual([
      ['2026-01-01T01:00:00.000Z', false],
      ['2026-01-01T02:00:00.000Z', false],
      ['2026-01-01T03:00:00.000Z', false],
    ]);
  });

  it('reports the last and the next run in its status', async () => {
    const { clock, timer, runs } = hourly('2026-01-01T00:30:00Z');
    await timer.start();

    await clock.moveTo('2026-01-01T02:10:00Z');

    expect(runs.map(({ ScheduleStatus }) => [ScheduleStatus.Last, ScheduleStatus.Next])).toEqual([
      ['0001-01-01T00:00:00+00:00', '2026-01-01T01:00:00.000Z'],
      ['2026-01-01T01:00:00.000Z', '2026-01-01T02:00:00.000Z'],
    ]);
  });

  it('runs once, past due, after missed runs', async () => {
    const { statuses, timer: before } = hourly('2026-01-01T00:30:00Z');
    await before.start();
    const { clock, timer, runs } = hourly('2026-01-01T09:30:00Z', statuses);

    await timer.start();
    await settled();
    await clock.moveTo('2026-01-01T10:00:00Z');

    expect(runs.map(({ at, IsPastDue }) => [at, IsPastDue])).toEqual([
      ['2026-01-01T09:30:00.000Z', true],
      ['2026-01-01T10:00:00.000Z', false],
    ]);
  });

  it('waits for the next run after a restart', async () => {
    const { statuses, timer: before } = hourly('2026-01-01T00:30:00Z');
    await before.start();
    const { timer, runs } = hourly('2026-01-01T00:40:00Z', statuses);

    await timer.start();
    await settled();

    expect(runs).toEqual([]);
  });

  it('never overlaps its own runs', async () => {
    const { clock, timer, runs, whileRunning } = hourly('2026-01-01T00:30:00Z');
    let finish = () => {};
    whileRunning(() => new Promise<void>((resolve) => (finish = resolve)));
    await timer.start();

    await clock.moveTo('2026-01-01T04:30:00Z');
    finish();
    await settled();
    await clock.moveTo('2026-01-01T05:00:00Z');

    expect(runs.map(({ at }) => at)).toEqual([
      '2026-01-01T01:00:00.000Z',
      '2026-01-01T05:00:00.000Z',
    ]);
    finish();
  });

  it('counts an interrupted run as missed', async () => {
    const { clock, timer, statuses, whileRunning } = hourly('2026-01-01T00:30:00Z');
    whileRunning(() => new Promise(() => {}));
    await timer.start();
    await clock.moveTo('2026-01-01T01:00:00Z');
    const again = hourly('2026-01-01T01:10:00Z', statuses);

    await again.timer.start();
    await settled();

    expect(again.runs.map(({ IsPastDue }) => IsPastDue)).toEqual([true]);
  });

  it('runs at start with runOnStartup, not past due', async () => {
    const { timer, runs } = hourly('2026-01-01T00:30:00Z', memory(), { runOnStartup: true });

    await timer.start();
    await settled();

    expect(runs.map(({ IsPastDue }) => IsPastDue)).toEqual([false]);
  });

  it('does not run after it is stopped', async () => {
    const { clock, timer, runs } = hourly('2026-01-01T00:30:00Z');
    await timer.start();

    await timer.stop();
    await clock.moveTo('2026-01-01T05:00:00Z');

    expect(runs).toEqual([]);
  });
});
