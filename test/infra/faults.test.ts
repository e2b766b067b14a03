import { createFaults } from '../../infra/local/emulator/faults';

const hits = (faults: ReturnType<typeof createFaults>, draws: number) =>
  Array.from({ length: draws }, () => (faults.draw('graph', 'GET', '/me?x=1') ? 'x' : '.')).join(
    '',
  );

describe('createFaults', () => {
  it('removes a fault after its count', () => {
    const faults = createFaults();
    faults.add({ service: 'graph', kind: 'reset', count: 2 });

    expect(hits(faults, 4)).toBe('xx..');

    expect(faults.list()).toEqual([]);
  });

  it('hits the same requests for the same seed', () => {
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

  it('skips the first matching requests', () => {
    const faults = createFaults();
    faults.add({ service: 'graph', kind: 'reset', path: 'me', skip: 2, count: 1 });
    faults.draw('graph', 'GET', '/users');

    expect(hits(faults, 4)).toBe('..x.');
  });

  it.each([
    ['another service', 'entra', 'GET', '/me'],
    ['another method', 'graph', 'POST', '/me'],
    ['another path', 'graph', 'GET', '/users'],
  ])('does not apply a fault of GET /me to %s', (_, ...request) => {
    const faults = createFaults();
    faults.add({ service: 'graph', kind: 'reset', path: '^get /me' });

    expect(faults.draw(...request)).toBeUndefined();
  });

  it('does not revive a used-up fault when synchronized again', () => {
    const [here, there] = [createFaults(), createFaults()];
    here.onChange((active) => there.syncFrom(active));
    here.add({ service: 'graph', kind: 'reset', count: 1 });
    expect(hits(there, 2)).toBe('x.');

    here.add({ service: 'entra', kind: 'reset' });

    expect(hits(there, 1)).toBe('.');
    expect(there.list()).toMatchObject([{ service: 'entra' }]);
  });
});
