import { factoryProgressOf } from '../../../functions/sync/progress/factory-progress';
import { progressOf } from '../../../functions/sync/progress/progress';
import {
  emptyReport,
  type WorkerFactoryProgress,
  type ProgressReport,
} from '../../../functions/sync/progress/progress-report';
import {
  aFactoryProgress,
  aFactoryEnd,
  anActiveRun,
  aWorkerProgress,
  aFactoryWithListsRead,
  second,
} from '../../support/progress-builders';

const tally = (count: number) => ({ read: count, written: count, unchanged: 0, removed: 0 });
const progress = (run: ReturnType<typeof anActiveRun>, report: Partial<ProgressReport>, at = 60) =>
  progressOf(run, { ...emptyReport, ...report }, second(at));
const factories = (report: Partial<ProgressReport>, run = anActiveRun(3)) =>
  factoryProgressOf({ ...run, factories: [] }, { ...emptyReport, ...report });
const lists = ['pipeline', 'dataset', 'trigger'] as const;
const later = (seconds: number) => second(seconds).toISOString();

describe('factoryProgressOf', () => {
  it('merges the lists and adds the counts of two workers', () => {
    const [sales] = factories({
      workers: [
        aWorkerProgress(1, [
          aFactoryProgress('Sales', { lists: ['pipeline', 'dataset'], counts: { read: 5 } }),
        ]),
        aWorkerProgress(2, [
          aFactoryProgress('sales', { lists: ['dataset', 'trigger'], counts: { read: 3 } }),
        ]),
      ],
    });

    expect(sales).toMatchObject({
      status: 'reading',
      active: { lists: { done: 3, total: 12 }, counts: { read: 8 } },
    });
  });

  it('takes what remains from the worker that knows of less', () => {
    const reading = (remaining: number) =>
      aFactoryProgress('sales', { readingRunHistory: true, remaining });

    const [sales] = factories({
      workers: [aWorkerProgress(1, [reading(90)]), aWorkerProgress(2, [reading(100)])],
    });

    expect(sales).toMatchObject({ active: { remaining: 90 } });
  });

  it('prefers the end of a factory to reports of workers', () => {
    const [sales, ...others] = factories({
      workers: [aWorkerProgress(1, [aFactoryProgress('sales', { counts: { read: 99 } })])],
      ended: [aFactoryEnd('SALES', { counts: tally(5) })],
    });

    expect(others).toEqual([]);
    expect(sales).toMatchObject({ status: 'succeeded', outcome: { counts: { read: 5 } } });
  });

  const kinds = [...lists, 'linkedService', 'dataFlow', 'factory', 'globalParameter'] as const;
  const others = ['integrationRuntime', 'credential', 'changeDataCapture'] as const;
  const done = [...kinds, ...others];
  const throttled = { managedVirtualNetwork: later(70), managedPrivateEndpoint: later(90) };

  it.each<[string, Partial<WorkerFactoryProgress>, number, object]>([
    [
      'all remaining lists are throttled',
      { lists: done, throttledParts: throttled },
      10,
      { status: 'throttled', active: { throttledUntil: later(70) } },
    ],
    [
      'one list is not throttled',
      { lists: done.slice(1), throttledParts: throttled },
      10,
      { status: 'reading' },
    ],
    [
      'the first wait ended before the latest report',
      { lists: done, throttledParts: throttled },
      80,
      { status: 'reading' },
    ],
    [
      'run history is read',
      { readingRunHistory: true },
      10,
      { status: 'reading_run_history', active: { lists: { done: 12 } } },
    ],
    [
      'run history is throttled',
      { readingRunHistory: true, throttledParts: { runHistory: later(40) } },
      10,
      { status: 'throttled' },
    ],
    [
      'a list was throttled before run history began',
      { readingRunHistory: true, throttledParts: throttled },
      10,
      { status: 'reading_run_history' },
    ],
  ])('derives the state of a factory if %s', (_, entry, at, expected) => {
    const workers = [
      aWorkerProgress(1, [aFactoryProgress('sales', entry)]),
      aWorkerProgress(at, []),
    ];

    expect(factories({ workers })).toMatchObject([expected]);
  });

  it('shows run history until its end is reported', () => {
    const workers = (readingRunHistory: boolean) => [
      aWorkerProgress(1, [aFactoryProgress('sales', { readingRunHistory })]),
    ];
    const found = [
      factories({ workers: workers(false), ended: [aFactoryWithListsRead('sales')] }),
      factories({ workers: workers(true), ended: [aFactoryWithListsRead('sales')] }),
      factories({ workers: workers(true), ended: [aFactoryEnd('sales')] }),
    ];

    expect(found.map(([each]) => each!.status)).toEqual([
      'run_history_pending',
      'reading_run_history',
      'succeeded',
    ]);
    expect(progress(anActiveRun(1), { ended: [aFactoryWithListsRead('sales')] }).percent).toBe(90);
  });

  it('keeps the counts of lists while run history is read', () => {
    const read = aFactoryWithListsRead('sales');
    const report = {
      workers: [
        aWorkerProgress(1, [
          aFactoryProgress('sales', { readingRunHistory: true, counts: { pipelineRuns: 2 } }),
        ]),
      ],
      ended: [{ ...read, outcome: { ...read.outcome, counts: tally(7) } }],
    };

    expect(progress(anActiveRun(1), report).counts).toMatchObject({ read: 7, pipelineRuns: 2 });
  });

  it('shows unfinished factories of a paused run as paused', () => {
    const workers = [
      aWorkerProgress(1, [aFactoryProgress('sales', { throttledParts: { pipeline: later(90) } })]),
    ];
    const report = { workers, ended: [aFactoryEnd('stock')] };

    const found = factories(report, anActiveRun(2, { status: 'paused' }));

    expect(found.map(({ status }) => status)).toEqual(['paused', 'succeeded']);
  });
});

describe('progressOf', () => {
  it('counts ended, active and queued factories', () => {
    const report = {
      workers: [
        aWorkerProgress(5, [
          aFactoryProgress('b', { lists: [...lists], counts: { read: 7, written: 2 } }),
        ]),
      ],
      ended: [aFactoryEnd('a', { status: 'partial', counts: tally(5) })],
    };

    expect(progress(anActiveRun(4), report)).toMatchObject({
      phase: 'reading',
      done: 15,
      total: 48,
      percent: 30,
      counts: { read: 12, written: 7 },
      factories: { queued: 2, reading: 1, partial: 1 },
      updatedAt: later(5),
    });
  });

  it.each<[string, Partial<ProgressReport>, string]>([
    ['one not begun', { ended: [aFactoryEnd('a')] }, 'reading'],
    [
      'one reading a list',
      { workers: [aWorkerProgress(1, [aFactoryProgress('b')])], ended: [aFactoryEnd('a')] },
      'reading',
    ],
    [
      'one in run history',
      {
        workers: [aWorkerProgress(1, [aFactoryProgress('b', { readingRunHistory: true })])],
        ended: [aFactoryEnd('a')],
      },
      'run_history',
    ],
    ['both ended', { ended: [aFactoryEnd('a'), aFactoryEnd('b')] }, 'run_history'],
  ])('derives the phase with %s of two factories', (_, report, phase) => {
    const { phase: actual, percent } = progress(anActiveRun(2), report);

    expect(actual).toBe(phase);
    expect(percent).toBeLessThan(100);
  });

  it('takes all numbers of a terminal run from its outcome', () => {
    const run = anActiveRun(2, {
      status: 'partial',
      phase: 'finished',
      tallies: { pipeline: tally(3), activity: tally(9) },
      runs: { pipelineRuns: 4, triggerRuns: 1, runsWithActivities: 2, remaining: 0 },
    });
    const straggler = {
      workers: [
        aWorkerProgress(59, [aFactoryProgress('a', { counts: { read: 99 } })], [[0], [59, 99]]),
      ],
    };

    expect(progress({ ...run, outcomes: { succeeded: 1, partial: 1 } }, straggler)).toEqual({
      phase: 'finished',
      done: 24,
      total: 24,
      percent: 100,
      counts: { read: 12, written: 12, pipelineRuns: 4, triggerRuns: 1, runsWithActivities: 2 },
      factories: { succeeded: 1, partial: 1 },
      updatedAt: run.updatedAt,
    });
  });
});

describe('throughputOf', () => {
  const steady = [[0], [10, 100], [20, 200], [30, 300], [40, 400], [50, 700]];
  const reading = (
    samples: number[][],
    ended: ProgressReport['ended'] = [],
    at = 50,
  ): Partial<ProgressReport> => ({
    workers: [aWorkerProgress(at, [aFactoryProgress('b', { counts: { objects: 50 } })], samples)],
    ended,
  });

  it('adds the rates of all workers over thirty seconds', () => {
    const { workers = [] } = reading(steady);
    const slower = aWorkerProgress(49, [], [[15], [25, 30], [49, 60]]);

    expect(progress(anActiveRun(), { workers: [...workers, slower] }).resourcesPerSecond).toBe(19);
  });

  it.each<[string, Parameters<typeof anActiveRun>[1], number]>([
    ['is paused', { status: 'paused' }, 60],
    ['is being cancelled', { status: 'cancelling' }, 60],
    ['has not reported for long', {}, 66],
    ['was resumed two seconds ago', { activeSince: later(48) }, 60],
  ])('omits rate and ETA of a run that %s', (_, run, at) => {
    const throughput = progress(
      anActiveRun(2, run),
      reading(steady, [aFactoryEnd('a'), aFactoryEnd('c')]),
      at,
    );

    expect(throughput).not.toHaveProperty('resourcesPerSecond');
    expect(throughput).not.toHaveProperty('estimatedEndAt');
  });

  it('excludes pauses from rate and ETA', () => {
    const hour = 3_600;
    const run = (overrides: object) => anActiveRun(4, { expectedObjects: 400, ...overrides });
    const ended = [aFactoryEnd('a', {}, 100)];
    const without = progress(run({}), reading(steady, ended));
    const samples = [
      [0],
      [10, 100],
      [20 + hour, 200],
      [30 + hour, 300],
      [40 + hour, 400],
      [50 + hour, 700],
    ];

    const paused = run({ activeMs: 20_000, activeSince: later(20 + hour) });
    const after = progress(paused, reading(samples, ended, 50 + hour), 60 + hour);

    expect(without.resourcesPerSecond).toBe(17);
    expect(after.resourcesPerSecond).toBe(17);
    expect(Date.parse(after.estimatedEndAt!) - Date.parse(without.estimatedEndAt!)).toBe(
      hour * 1_000,
    );
  });

  it('estimates the end from the remaining objects', () => {
    const known = progress(
      anActiveRun(4, { expectedObjects: 600 }),
      reading(steady, [aFactoryEnd('a', {}, 150)]),
    );

    // 200 of 600 objects took 50 seconds: 100 seconds remain.
    expect(known.estimatedEndAt).toBe(later(150));
  });

  it.each([
    [0, undefined],
    [1, undefined],
    // Two of four factories took 50 seconds.
    [2, later(100)],
  ])('without sizes, after %i factories, estimates the end at %s', (count, end) => {
    const ended = Array.from({ length: count }, (_, n) => aFactoryEnd(`a${n}`));

    expect(progress(anActiveRun(4), reading(steady, ended)).estimatedEndAt).toBe(end);
  });

  it('estimates the end from the remaining runs', () => {
    const entry = aFactoryProgress('a', { readingRunHistory: true, remaining: 30 });
    const workers = [aWorkerProgress(50, [entry], [[0], [20, 9, 40], [50, 99, 40, 15]])];

    const { phase, runsPerSecond, estimatedEndAt, resourcesPerSecond } = progress(anActiveRun(1), {
      workers,
    });

    expect({ phase, runsPerSecond, resourcesPerSecond }).toEqual({
      phase: 'run_history',
      runsPerSecond: 0.5,
    });
    expect(estimatedEndAt).toBe(later(110));
  });

  it('estimates pending run histories by the mean of ended ones', () => {
    const report = {
      workers: [
        aWorkerProgress(
          50,
          [aFactoryProgress('b', { readingRunHistory: true })],
          [[0], [20, 90, 5], [50, 90, 9]],
        ),
      ],
      ended: [aFactoryWithListsRead('b'), aFactoryWithListsRead('c'), aFactoryWithListsRead('d')],
    };
    const runs = (ended: ProgressReport['ended']) =>
      progress(anActiveRun(5), { ...report, ended: [...report.ended, ...ended] });

    const [none, one] = [
      runs([aFactoryWithListsRead('a'), aFactoryWithListsRead('e')]),
      runs([aFactoryEnd('a'), aFactoryWithListsRead('e')]),
    ];

    expect(none).toMatchObject({
      phase: 'run_history',
      factories: { run_history_pending: 4, reading_run_history: 1 },
    });
    expect(none).not.toHaveProperty('estimatedEndAt');
    // Four histories of 20 seconds each remain, two at a time.
    expect(one.estimatedEndAt).toBe(later(90));
  });

  it('estimates no end before throttling ends', () => {
    const waiting = aFactoryProgress('b', {
      readingRunHistory: true,
      throttledParts: { runHistory: later(500) },
    });
    const workers = [aWorkerProgress(50, [waiting], steady)];

    const { estimatedEndAt } = progress(anActiveRun(4), {
      workers,
      ended: [aFactoryEnd('a'), aFactoryEnd('c')],
    });

    expect(estimatedEndAt).toBe(later(500));
  });

  it('omits an estimated end that has passed', () => {
    const ended = Array.from({ length: 24 }, (_, n) => aFactoryEnd(`a${n}`));

    expect(progress(anActiveRun(25), reading(steady, ended), 51)).toHaveProperty('estimatedEndAt');
    expect(progress(anActiveRun(25), reading(steady, ended), 60)).not.toHaveProperty(
      'estimatedEndAt',
    );
  });

  it('returns the same result while nothing is reported', () => {
    const report = reading(steady, [aFactoryEnd('a'), aFactoryEnd('c')]);
    const progressAt = (at: number) => JSON.stringify(progress(anActiveRun(4), report, at));

    expect(progressAt(50)).toBe(progressAt(64));
  });
});
