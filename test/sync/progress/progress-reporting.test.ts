/** What workers tell while they read: often enough for people, seldom enough for storage, never counted twice. */
import { ProgressReportingService } from '../../../functions/sync/progress/progress-reporting-service';
import type { WorkerProgress } from '../../../functions/sync/progress/progress-report';
import { now } from '../../support/builders';
import { factoryRef, pass } from '../../support/progress-builders';

interface Said {
  readonly worker: string;
  readonly word: WorkerProgress;
  readonly isFirst: boolean;
}

/** A meter whose clock and alarm the test moves; `fails` lets so many tellings fail. */
function aMeter(fails = 0) {
  let time = now.getTime();
  let left = fails;
  const said: Said[] = [];
  const alarms: { readonly at: number; readonly ring: () => void }[] = [];
  const progressReporting = new ProgressReportingService(
    {
      async tell(_, worker, word, isFirst) {
        if (left-- > 0) throw new Error('storage is away');
        said.push({ worker, word: structuredClone(word), isFirst });
      },
    },
    'w',
    () => new Date(time),
    (inMs, ring) => void alarms.push({ at: time + inMs, ring }),
  );
  return {
    progressReporting,
    said,
    alarms,
    last: () => said.at(-1)!.word,
    pass: (seconds: number) => void (time += seconds * 1_000),
    /** Every alarm at its time, and those that they set in turn. */
    ring: async () => {
      for (let next = alarms.shift(); next; next = alarms.shift()) {
        time = Math.max(time, next.at);
        next.ring();
        await new Promise(setImmediate);
      }
    },
  };
}

const read = { read: 1, written: 1, objects: 1 };

describe('metering', () => {
  it('given a sync of less than a second, when it has ended, then nothing was told', async () => {
    const { progressReporting, said, alarms } = aMeter();

    await progressReporting.during(pass(), 'pipeline', async ({ count }) => {
      count(read);
      return {};
    });

    expect([said, alarms]).toEqual([[], []]);
  });

  it('given ten seconds of steady work, when it is told, then about once a second and with all that was done', async () => {
    const { progressReporting, said, last, pass: wait, ring } = aMeter();

    await progressReporting.during(pass(), 'pipeline', async ({ count }) => {
      for (let n = 0; n < 100; n++) {
        wait(0.1);
        count(read);
        await Promise.resolve();
      }
      return {};
    });
    await ring();

    expect(said.length).toBeGreaterThan(8);
    expect(said.length).toBeLessThan(13);
    expect(said.map(({ isFirst }) => isFirst).indexOf(false)).toBe(1);
    expect(new Set(said.map(({ worker }) => worker)).size).toBe(1);
    expect(last().factories).toMatchObject([
      { factory: factoryRef(), lists: ['pipeline'], counts: { read: 100, written: 100 } },
    ]);
  });

  it('given a wait that Azure asks for at once, when the step ends, then people know without a delay', async () => {
    const { progressReporting, said } = aMeter();
    const notBefore = '2026-01-15T12:05:00.000Z';

    await progressReporting.during(pass(), 'dataset', async () => ({ cursor: [], notBefore }));
    const told = said.length;
    await progressReporting.during(pass(), 'dataset', async () => ({}));

    expect(told).toBe(1);
    expect(said[0]!.word.factories[0]).toMatchObject({ lists: [], waits: { dataset: notBefore } });
  });

  it('given all lists put off at once, when the first of them is being told, then the others are told a second later', async () => {
    const { progressReporting, last, ring } = aMeter();
    const notBefore = '2026-01-15T12:05:00.000Z';
    const kinds = ['pipeline', 'dataset', 'trigger'] as const;

    await Promise.all(
      kinds.map((kind) =>
        progressReporting.during(pass(), kind, async () => ({ cursor: [], notBefore })),
      ),
    );
    await ring();

    expect(Object.keys(last().factories[0]!.waits).sort()).toEqual([...kinds].sort());
  });

  it('given a list that was put off, when it is read after all, then the wait is told no more', async () => {
    const { progressReporting, last, pass: wait } = aMeter();
    await progressReporting.during(pass(), 'dataset', async () => ({
      cursor: [],
      notBefore: 'soon',
    }));

    wait(60);
    await progressReporting.during(pass(), 'dataset', async () => ({}));

    expect(last().factories[0]).toMatchObject({ lists: ['dataset'], waits: {} });
  });

  it('given a step that breaks off twice, when it is tried again, then what it read before is not counted again', async () => {
    const { progressReporting, last, pass: wait } = aMeter();
    const attempt = (objects: number, breaks: boolean) =>
      progressReporting
        .during(pass(), 'pipeline', async ({ count }) => {
          for (let n = 0; n < objects; n++) count(read);
          if (breaks) throw new Error('broken');
          return {};
        })
        .catch(() => undefined);

    await attempt(6, true);
    await attempt(4, true);
    await attempt(8, false);
    wait(2);
    await attempt(1, false);

    expect(last().factories[0]!.counts.read).toBe(9);
  });

  it('given run history, when it is read, then its runs are counted and what is left is told', async () => {
    const { progressReporting, last, pass: wait } = aMeter();

    await progressReporting.during(pass(), 'runs', async ({ count, leave }) => {
      count({ pipelineRuns: 3, triggerRuns: 1 });
      leave(7);
      wait(2);
      count({ detailed: 2 });
      return { cursor: {} };
    });

    expect(last().factories[0]).toMatchObject({
      readingRunHistory: true,
      lists: [],
      left: 7,
      counts: { pipelineRuns: 3, triggerRuns: 1, detailed: 2 },
    });
    expect(last().samples.at(-1)!.slice(1)).toEqual([0, 4, 2]);
  });

  it('given storage that is away, when it is back, then the next word is the first and says all', async () => {
    const { progressReporting, said, pass: wait } = aMeter(1);

    await progressReporting.during(pass(), 'pipeline', async ({ count }) => {
      wait(2);
      count(read);
      return { cursor: [] };
    });
    wait(2);
    await progressReporting.during(pass(), 'pipeline', async ({ count }) => {
      count(read);
      return {};
    });

    expect(said).toMatchObject([{ isFirst: true, word: { factories: [{ counts: { read: 2 } }] } }]);
  });

  it('given many factories one after the other, when they are told, then a word stays small and samples count all', async () => {
    const { progressReporting, last, pass: wait } = aMeter();

    for (let n = 0; n < 100; n++) {
      wait(1);
      await progressReporting.during(pass(`f${n}`), 'pipeline', async ({ count }) => {
        count(read);
        return {};
      });
    }

    expect(last().factories).toHaveLength(16);
    expect(last().samples.length).toBeLessThan(34);
    expect(last().samples.at(-1)![1]).toBe(100);
  });

  it('given more runs than are followed, when the first goes on, then it is told under another name', async () => {
    const { progressReporting, said, pass: wait } = aMeter();
    const work = (runId: string) =>
      progressReporting.during({ ...pass(), pass: runId }, 'pipeline', async ({ count }) => {
        wait(2);
        count(read);
        return { cursor: [] };
      });

    await work('first');
    for (let n = 0; n < 100; n++) await work(`other ${n}`);
    await work('first');

    const [first, again] = [said[0]!, said.at(-1)!];
    expect(again.worker).not.toBe(first.worker);
    expect(again.isFirst).toBe(true);
  });
});
