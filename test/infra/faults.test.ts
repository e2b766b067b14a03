import { createFaults } from '../../infra/local/emulator/faults';

const hits = (faults: ReturnType<typeof createFaults>, draws: number) =>
  Array.from({ length: draws }, () => (faults.draw('graph', 'GET', '/me?x=1') ? 'x' : '.')).join(
    '',
  );

describe('faults', () => {
  it('given a count, when it is used up, then requests are answered as usual and the fault is gone', () => {
    const faults = createFaults();
    faults.add({ service: 'graph', kind: 'reset', count: 2 });

    expect(hits(faults, 4)).toBe('xx..');

    expect(faults.list()).toEqual([]);
  });

  it('given a rate and a seed, when requests are drawn, then the same ones are hit every time', () => {
    const runs = [1, 1, 2].map((seed) => {
      const faults = createFaults();
      faults.add({ service: 'graph', kind: 'reset', rate: 0.3, seed });
      return hits(faults, 1_000);
    });

    expect(runs[0]).toBe(runs[1]);
    expect(runs[0]).not.toBe(runs[2]);
    expect(runs[0]!.replaceAll('.', '').length).toBeGreaterThan(250);
    expect(runs[0]!.replaceAll('.', '').length).toBeLessThan(350);
  });

  it('given requests that are to pass first, when they have, then the next matching one is hit', () => {
    const faults = createFaults();
    faults.add({ service: 'graph', kind: 'reset', path: 'me', skip: 2, count: 1 });
    faults.draw('graph', 'GET', '/users');

    expect(hits(faults, 4)).toBe('..x.');
  });

  it.each([
    ['another service', 'entra', 'GET', '/me'],
    ['another method', 'graph', 'POST', '/me'],
    ['another path', 'graph', 'GET', '/users'],
  ])(
    'given a fault for GET /me of graph, when %s is asked, then nothing happens',
    (_, ...request) => {
      const faults = createFaults();
      faults.add({ service: 'graph', kind: 'reset', path: '^get /me' });

      expect(faults.draw(...request)).toBeUndefined();
    },
  );

  it('given a process that follows another, when a fault is spent there, then hearing of it again does not revive it', () => {
    const [here, there] = [createFaults(), createFaults()];
    here.onChange((active) => there.syncFrom(active));
    here.add({ service: 'graph', kind: 'reset', count: 1 });
    expect(hits(there, 2)).toBe('x.');

    here.add({ service: 'entra', kind: 'reset' });

    expect(hits(there, 1)).toBe('.');
    expect(there.list()).toMatchObject([{ service: 'entra' }]);
  });
});
