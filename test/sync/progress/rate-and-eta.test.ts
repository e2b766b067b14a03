/** Rate and ETA over a whole sync run, on a fake clock. Single cases are in progress.test.ts. */
import { progressOf } from '../../../functions/sync/progress/progress';
import {
  aFactoryEnd,
  aFactoryProgress,
  anActiveRun,
  aWorkerProgress,
  second,
} from '../../support/progress-builders';

const names = ['alpha', 'bravo', 'charlie', 'delta', 'echo', 'foxtrot'];
const secondsPerFactory = 20;
const objectsPerSecond = 18;
const end = names.length * secondsPerFactory;

/**
 * Progress in each second of a sync run that reads one factory after the other at a steady rate.
 */
const seen = Array.from({ length: end - 1 }, (_, n) => n + 1).map((at) => {
  const ended = Math.floor(at / secondsPerFactory);
  const read = objectsPerSecond * (at % secondsPerFactory);
  const active = aFactoryProgress(names[ended]!, { counts: { read, objects: read } });
  const samples = Array.from({ length: at + 1 }, (_, n) => [n, n * objectsPerSecond]);
  const report = {
    workers: [aWorkerProgress(at, [active], samples)],
    ended: names.slice(0, ended).map((name) => aFactoryEnd(name)),
  };
  return progressOf(anActiveRun(names.length), report, second(at));
});

describe('progressOf over a sync run at a steady rate', () => {
  it('reports the real rate', () => {
    const rates = seen.flatMap(({ resourcesPerSecond }) => resourcesPerSecond ?? []);

    expect(rates.length).toBeGreaterThan(end / 2);
    expect(new Set(rates)).toEqual(new Set([objectsPerSecond]));
  });

  it('estimates the end ever closer to the real one', () => {
    const errors = seen.flatMap(({ estimatedEndAt }) =>
      estimatedEndAt === undefined
        ? []
        : Math.abs(Date.parse(estimatedEndAt) - second(end).getTime()) / (end * 1_000),
    );

    expect(errors.length).toBeGreaterThan(0);
    expect(Math.max(...errors)).toBeLessThan(0.5);
    expect(errors.at(-1)).toBeLessThan(0.2);
  });
});
