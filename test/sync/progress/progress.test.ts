/** How far a run is, told from its row and from what workers said: never backwards, never more than is known. */
import { factoryProgressOf } from '../../../functions/sync/progress/factory-progress';
import { progressOf } from '../../../functions/sync/progress/progress';
import {
  emptyReport,
  type WorkerFactoryProgress,
  type Told,
} from '../../../functions/sync/progress/progress-report';
import {
  aFactoryProgress,
  aFactoryEnd,
  anActiveRun,
  aWorkerProgress,
  listsRead as listsOf,
  second,
} from '../../support/progress-builders';

const tally = (count: number) => ({ read: count, written: count, unchanged: 0, removed: 0 });
const progress = (run: ReturnType<typeof anActiveRun>, told: Partial<Told>, at = 60) =>
  progressOf(run, { ...emptyReport, ...told }, second(at));
const standings = (told: Partial<Told>, run = anActiveRun(3)) =>
  factoryProgressOf({ ...run, factories: [] }, { ...emptyReport, ...told });
const lists = ['pipeline', 'dataset', 'trigger'] as const;
const later = (seconds: number) => second(seconds).toISOString();

describe('the standing of a factory', () => {
  it('given two workers with one factory, when they are put together, then lists are united and counts are added', () => {
    const [sales] = standings({
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
      live: { lists: { done: 3, total: 12 }, counts: { read: 8 } },
    });
  });

  it('given a factory that has ended, when workers still speak of it, then how it ended counts', () => {
    const [sales, ...rest] = standings({
      workers: [aWorkerProgress(1, [aFactoryProgress('sales', { counts: { read: 99 } })])],
      ended: [aFactoryEnd('SALES', { counts: tally(5) })],
    });

    expect(rest).toEqual([]);
    expect(sales).toMatchObject({ status: 'succeeded', outcome: { counts: { read: 5 } } });
  });

  const kinds = [...lists, 'linkedService', 'dataFlow', 'factory', 'globalParameter'] as const;
  const others = ['integrationRuntime', 'credential', 'changeDataCapture'] as const;
  const done = [...kinds, ...others];
  const left = { managedVirtualNetwork: later(70), managedPrivateEndpoint: later(90) };

  it.each<[string, Partial<WorkerFactoryProgress>, number, object]>([
    [
      'all that is left is put off',
      { lists: done, waits: left },
      10,
      { status: 'waiting', live: { throttledUntil: later(70) } },
    ],
    ['one list goes on', { lists: done.slice(1), waits: left }, 10, { status: 'reading' }],
    [
      'the first wait was over before the newest word',
      { lists: done, waits: left },
      80,
      { status: 'reading' },
    ],
    [
      'run history is read',
      { readingRunHistory: true },
      10,
      { status: 'reading_run_history', live: { lists: { done: 12 } } },
    ],
    [
      'run history is put off',
      { readingRunHistory: true, waits: { runs: later(40) } },
      10,
      { status: 'waiting' },
    ],
    [
      'a list waited before run history was begun',
      { readingRunHistory: true, waits: left },
      10,
      { status: 'reading_run_history' },
    ],
  ])('given that %s, when people look, then they see it', (_, word, at, expected) => {
    const workers = [
      aWorkerProgress(1, [aFactoryProgress('sales', word)]),
      aWorkerProgress(at, []),
    ];

    expect(standings({ workers })).toMatchObject([expected]);
  });

  it('given lists whose end was told, when the run history is begun, then people see it until its end is told, too', () => {
    const workers = (readingRunHistory: boolean) => [
      aWorkerProgress(1, [aFactoryProgress('sales', { readingRunHistory })]),
    ];
    const found = [
      standings({ workers: workers(false), ended: [listsOf('sales')] }),
      standings({ workers: workers(true), ended: [listsOf('sales')] }),
      standings({ workers: workers(true), ended: [aFactoryEnd('sales')] }),
    ];

    expect(found.map(([each]) => each!.status)).toEqual([
      'run_history_pending',
      'reading_run_history',
      'succeeded',
    ]);
    expect(progress(anActiveRun(1), { ended: [listsOf('sales')] }).percent).toBe(90);
  });

  it('given a worker that has forgotten the lists of a factory, when its run history is read, then what was read stays', () => {
    const read = listsOf('sales');
    const told = {
      workers: [
        aWorkerProgress(1, [
          aFactoryProgress('sales', { readingRunHistory: true, counts: { pipelineRuns: 2 } }),
        ]),
      ],
      ended: [{ ...read, outcome: { ...read.outcome, counts: tally(7) } }],
    };

    expect(progress(anActiveRun(1), told).counts).toMatchObject({ read: 7, pipelineRuns: 2 });
  });

  it('given a paused run, when people look, then what has not ended is paused', () => {
    const workers = [
      aWorkerProgress(1, [aFactoryProgress('sales', { waits: { pipeline: later(90) } })]),
    ];
    const told = { workers, ended: [aFactoryEnd('stock')] };

    const found = standings(told, anActiveRun(2, { status: 'paused' }));

    expect(found.map(({ status }) => status)).toEqual(['paused', 'succeeded']);
  });
});

describe('the progress of a run', () => {
  it('given factories that ended, go on, and are not begun, when they are added up, then each counts as what it is', () => {
    const told = {
      workers: [
        aWorkerProgress(5, [
          aFactoryProgress('b', { lists: [...lists], counts: { read: 7, written: 2 } }),
        ]),
      ],
      ended: [aFactoryEnd('a', { status: 'partial', counts: tally(5) })],
    };

    expect(progress(anActiveRun(4), told)).toMatchObject({
      phase: 'reading',
      done: 15,
      total: 48,
      percent: 30,
      counts: { read: 12, written: 7 },
      factories: { queued: 2, reading: 1, partial: 1 },
      updatedAt: later(5),
    });
  });

  it.each<[string, Partial<Told>, string]>([
    ['one is not begun', { ended: [aFactoryEnd('a')] }, 'reading'],
    [
      'one reads a list',
      { workers: [aWorkerProgress(1, [aFactoryProgress('b')])], ended: [aFactoryEnd('a')] },
      'reading',
    ],
    [
      'one is in run history',
      {
        workers: [aWorkerProgress(1, [aFactoryProgress('b', { readingRunHistory: true })])],
        ended: [aFactoryEnd('a')],
      },
      'runs',
    ],
    ['both have ended', { ended: [aFactoryEnd('a'), aFactoryEnd('b')] }, 'runs'],
  ])(
    'given two factories of which %s, when people look, then the phase follows',
    (_, told, phase) => {
      const { phase: shown, percent } = progress(anActiveRun(2), told);

      expect(shown).toBe(phase);
      expect(percent).toBeLessThan(100);
    },
  );

  it('given a run that is over, when people look, then every number comes from its outcome', () => {
    const run = anActiveRun(2, {
      status: 'partial',
      phase: 'finished',
      tallies: { pipeline: tally(3), activity: tally(9) },
      runs: { pipelineRuns: 4, triggerRuns: 1, detailed: 2, left: 0 },
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
      counts: { read: 12, written: 12, pipelineRuns: 4, triggerRuns: 1, detailed: 2 },
      factories: { succeeded: 1, partial: 1 },
      updatedAt: run.updatedAt,
    });
  });
});

describe('rate and end', () => {
  const steady = [[0], [10, 100], [20, 200], [30, 300], [40, 400], [50, 700]];
  const reading = (samples: number[][], ended: Told['ended'] = [], at = 50): Partial<Told> => ({
    workers: [aWorkerProgress(at, [aFactoryProgress('b', { counts: { objects: 50 } })], samples)],
    ended,
  });

  it('given two workers, when they are at work, then the rate is of the last half minute and of both', () => {
    const { workers = [] } = reading(steady);
    const slower = aWorkerProgress(49, [], [[15], [25, 30], [49, 60]]);

    expect(progress(anActiveRun(), { workers: [...workers, slower] }).resourcesPerSecond).toBe(19);
  });

  it.each<[string, Parameters<typeof anActiveRun>[1], number]>([
    ['is paused', { status: 'paused' }, 60],
    ['is being cancelled', { status: 'cancelling' }, 60],
    ['has not been heard of for long', {}, 66],
    ['has been going on again for two seconds', { activeSince: later(48) }, 60],
  ])('given a run that %s, when people look, then neither rate nor end is told', (_, run, at) => {
    const pace = progress(
      anActiveRun(2, run),
      reading(steady, [aFactoryEnd('a'), aFactoryEnd('c')]),
      at,
    );

    expect(pace).not.toHaveProperty('resourcesPerSecond');
    expect(pace).not.toHaveProperty('estimatedEndAt');
  });

  it('given a pause of an hour, when the run goes on, then neither rate nor end knows of it', () => {
    const hour = 3_600;
    const run = (overrides: object) => anActiveRun(4, { expected: 400, ...overrides });
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

  it('given sizes that are known, when one factory has ended, then the end follows from what is left', () => {
    const known = progress(
      anActiveRun(4, { expected: 600 }),
      reading(steady, [aFactoryEnd('a', {}, 150)]),
    );

    // 200 of 600 objects in 50 seconds: 100 more.
    expect(known.estimatedEndAt).toBe(later(150));
  });

  it.each([
    [0, undefined],
    [1, undefined],
    // Two of four in 50 seconds.
    [2, later(100)],
  ])(
    'given sizes that are unknown, when %i factories have ended, then the end is %s',
    (count, end) => {
      const ended = Array.from({ length: count }, (_, n) => aFactoryEnd(`a${n}`));

      expect(progress(anActiveRun(4), reading(steady, ended)).estimatedEndAt).toBe(end);
    },
  );

  it('given only run history to read, when its rate is known, then the end follows from what is left of it', () => {
    const word = aFactoryProgress('a', { readingRunHistory: true, left: 30 });
    const workers = [aWorkerProgress(50, [word], [[0], [20, 9, 40], [50, 99, 40, 15]])];

    const { phase, runsPerSecond, estimatedEndAt, resourcesPerSecond } = progress(anActiveRun(1), {
      workers,
    });

    expect({ phase, runsPerSecond, resourcesPerSecond }).toEqual({
      phase: 'runs',
      runsPerSecond: 0.5,
    });
    expect(estimatedEndAt).toBe(later(110));
  });

  it('given run histories to come, when some have ended, then the others are taken to be as long', () => {
    const told = {
      workers: [
        aWorkerProgress(
          50,
          [aFactoryProgress('b', { readingRunHistory: true })],
          [[0], [20, 90, 5], [50, 90, 9]],
        ),
      ],
      ended: [listsOf('b'), listsOf('c'), listsOf('d')],
    };
    const runs = (ended: Told['ended']) =>
      progress(anActiveRun(5), { ...told, ended: [...told.ended, ...ended] });

    const [none, one] = [
      runs([listsOf('a'), listsOf('e')]),
      runs([aFactoryEnd('a'), listsOf('e')]),
    ];

    expect(none).toMatchObject({
      phase: 'runs',
      factories: { run_history_pending: 4, reading_run_history: 1 },
    });
    expect(none).not.toHaveProperty('estimatedEndAt');
    // Four to go of 20 seconds each, two at a time.
    expect(one.estimatedEndAt).toBe(later(90));
  });

  it('given a factory that Azure keeps waiting, when the end is told, then it is not before Azure lets it', () => {
    const waiting = aFactoryProgress('b', { readingRunHistory: true, waits: { runs: later(500) } });
    const workers = [aWorkerProgress(50, [waiting], steady)];

    const { estimatedEndAt } = progress(anActiveRun(4), {
      workers,
      ended: [aFactoryEnd('a'), aFactoryEnd('c')],
    });

    expect(estimatedEndAt).toBe(later(500));
  });

  it('given an end that should have come, when the run still goes on, then no other end is promised', () => {
    const ended = Array.from({ length: 24 }, (_, n) => aFactoryEnd(`a${n}`));

    expect(progress(anActiveRun(25), reading(steady, ended), 51)).toHaveProperty('estimatedEndAt');
    expect(progress(anActiveRun(25), reading(steady, ended), 60)).not.toHaveProperty(
      'estimatedEndAt',
    );
  });

  it('given that nothing happens, when people look again, then they see the same to the letter', () => {
    const told = reading(steady, [aFactoryEnd('a'), aFactoryEnd('c')]);
    const look = (at: number) => JSON.stringify(progress(anActiveRun(4), told, at));

    expect(look(50)).toBe(look(64));
  });
});
