import { ProgressReportingService } from '../../../functions/sync/progress/progress-reporting-service';
import type { WorkerProgress } from '../../../functions/sync/progress/progress-report';
import { now } from '../../support/builders';
import { factoryRef, aStepTarget } from '../../support/progress-builders';

interface Report {
  readonly worker: string;
  readonly progress: WorkerProgress;
  readonly isFirst: boolean;
}

/** A service whose clock and timers the test controls. The first `failures` reports fail. */
function aReportingService(failures = 0) {
  let time = now.getTime();
  let failuresLeft = failures;
  const reports: Report[] = [];
  const timers: { readonly at: number; readonly act: () => void }[] = [];
  const progressReporting = new ProgressReportingService(
    {
      async reportProgress(_, worker, progress, isFirst) {
        if (failuresLeft-- > 0) throw new Error('Storage is unavailable.');
        reports.push({ worker, progress: structuredClone(progress), isFirst });
      },
    },
    'w',
    () => new Date(time),
    (delayMs, act) => void timers.push({ at: time + delayMs, act }),
  );
  return {
    progressReporting,
    reports,
    timers,
    last: () => reports.at(-1)!.progress,
    advance: (seconds: number) => void (time += seconds * 1_000),
    /** Fires every timer at its time, also the timers that these set. */
    fireTimers: async () => {
      for (let next = timers.shift(); next; next = timers.shift()) {
        time = Math.max(time, next.at);
        next.act();
        await new Promise(setImmediate);
      }
    },
  };
}

const read = { read: 1, written: 1, objects: 1 };

describe('ProgressReportingService', () => {
  it('reports nothing in the first second', async () => {
    const { progressReporting, reports, timers } = aReportingService();

    await progressReporting.track(aStepTarget(), 'pipeline', async ({ count }) => {
      count(read);
      return {};
    });

    expect([reports, timers]).toEqual([[], []]);
  });

  it('reports all work about once a second', async () => {
    const { progressReporting, reports, last, advance, fireTimers } = aReportingService();

    await progressReporting.track(aStepTarget(), 'pipeline', async ({ count }) => {
      for (let n = 0; n < 100; n++) {
        advance(0.1);
        count(read);
        await Promise.resolve();
      }
      return {};
    });
    await fireTimers();

    expect(reports.length).toBeGreaterThan(8);
    expect(reports.length).toBeLessThan(13);
    expect(reports.map(({ isFirst }) => isFirst).indexOf(false)).toBe(1);
    expect(new Set(reports.map(({ worker }) => worker)).size).toBe(1);
    expect(last().factories).toMatchObject([
      { factory: factoryRef(), lists: ['pipeline'], counts: { read: 100, written: 100 } },
    ]);
  });

  it('reports a long sync run less often, and all of its work', async () => {
    const { progressReporting, reports, last, advance, fireTimers } = aReportingService();

    await progressReporting.track(aStepTarget(), 'pipeline', async ({ count }) => {
      for (let n = 0; n < 300; n++) {
        advance(1);
        count(read);
        await Promise.resolve();
      }
      return {};
    });
    await fireTimers();

    expect(reports.length).toBeLessThan(100);
    expect(last().factories).toMatchObject([{ counts: { read: 300, written: 300 } }]);
  });

  it('reports throttling at once', async () => {
    const { progressReporting, reports } = aReportingService();
    const notBefore = '2026-01-15T12:05:00.000Z';

    await progressReporting.track(aStepTarget(), 'dataset', async () => ({
      cursor: [],
      notBefore,
    }));
    const reportCount = reports.length;
    await progressReporting.track(aStepTarget(), 'dataset', async () => ({}));

    expect(reportCount).toBe(1);
    expect(reports[0]!.progress.factories[0]).toMatchObject({
      lists: [],
      throttledParts: { dataset: notBefore },
    });
  });

  it('reports further throttled lists a second later', async () => {
    const { progressReporting, last, fireTimers } = aReportingService();
    const notBefore = '2026-01-15T12:05:00.000Z';
    const kinds = ['pipeline', 'dataset', 'trigger'] as const;

    await Promise.all(
      kinds.map((kind) =>
        progressReporting.track(aStepTarget(), kind, async () => ({ cursor: [], notBefore })),
      ),
    );
    await fireTimers();

    expect(Object.keys(last().factories[0]!.throttledParts).sort()).toEqual([...kinds].sort());
  });

  it('drops the wait of a list that is read again', async () => {
    const { progressReporting, last, advance } = aReportingService();
    await progressReporting.track(aStepTarget(), 'dataset', async () => ({
      cursor: [],
      notBefore: 'soon',
    }));

    advance(60);
    await progressReporting.track(aStepTarget(), 'dataset', async () => ({}));

    expect(last().factories[0]).toMatchObject({ lists: ['dataset'], throttledParts: {} });
  });

  it('counts the work of retried steps once', async () => {
    const { progressReporting, last, advance } = aReportingService();
    const attempt = (objects: number, breaks: boolean) =>
      progressReporting
        .track(aStepTarget(), 'pipeline', async ({ count }) => {
          for (let n = 0; n < objects; n++) count(read);
          if (breaks) throw new Error('broken');
          return {};
        })
        .catch(() => undefined);

    await attempt(6, true);
    await attempt(4, true);
    await attempt(8, false);
    advance(2);
    await attempt(1, false);

    expect(last().factories[0]!.counts.read).toBe(9);
  });

  it('reports runs and remaining runs of run history', async () => {
    const { progressReporting, last, advance } = aReportingService();

    await progressReporting.track(aStepTarget(), 'runHistory', async ({ count, setRemaining }) => {
      count({ pipelineRuns: 3, triggerRuns: 1 });
      setRemaining(7);
      advance(2);
      count({ runsWithActivities: 2 });
      return { cursor: {} };
    });

    expect(last().factories[0]).toMatchObject({
      readingRunHistory: true,
      lists: [],
      remaining: 7,
      counts: { pipelineRuns: 3, triggerRuns: 1, runsWithActivities: 2 },
    });
    expect(last().samples.at(-1)!.slice(1)).toEqual([0, 4, 2]);
  });

  it('repeats the first report if storage failed', async () => {
    const { progressReporting, reports, advance } = aReportingService(1);

    await progressReporting.track(aStepTarget(), 'pipeline', async ({ count }) => {
      advance(2);
      count(read);
      return { cursor: [] };
    });
    advance(2);
    await progressReporting.track(aStepTarget(), 'pipeline', async ({ count }) => {
      count(read);
      return {};
    });

    expect(reports).toMatchObject([
      { isFirst: true, progress: { factories: [{ counts: { read: 2 } }] } },
    ]);
  });

  it('keeps reports small and counts evicted factories', async () => {
    const { progressReporting, last, advance, fireTimers } = aReportingService();

    for (let n = 0; n < 100; n++) {
      advance(1);
      await progressReporting.track(aStepTarget(`f${n}`), 'pipeline', async ({ count }) => {
        count(read);
        return {};
      });
    }
    await fireTimers();

    expect(last().factories).toHaveLength(32);
    expect(last().samples.length).toBeLessThan(34);
    expect(last().samples.at(-1)![1]).toBe(100);
  });

  it('uses a new worker name for an evicted run', async () => {
    const { progressReporting, reports, advance } = aReportingService();
    const work = (syncRunId: string) =>
      progressReporting.track({ ...aStepTarget(), syncRunId }, 'pipeline', async ({ count }) => {
        advance(2);
        count(read);
        return { cursor: [] };
      });

    await work('first');
    for (let n = 0; n < 100; n++) await work(`other ${n}`);
    await work('first');

    const [first, again] = [reports[0]!, reports.at(-1)!];
    expect(again.worker).not.toBe(first.worker);
    expect(again.isFirst).toBe(true);
  });
});
