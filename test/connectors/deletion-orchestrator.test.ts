import { purgeConnector } from '../../functions/connectors/deletion-orchestrator';
import { reportsFailure } from '../../functions/durable/registration';
import { replay } from '../support/replay';

const connector = { tenantId: 't', connectorId: 'c1' };
const orchestrator = reportsFailure('purgeConnector', purgeConnector);
const results = {
  deleteSecrets: () => ({ done: true }),
  checkIdle: () => ({ done: true }),
  deleteDependents: () => ({ done: true }),
  deleteRow: () => ({ done: undefined }),
};
/** False so many times, then true. */
const after = (polls: number) => {
  let left = polls;
  return () => ({ done: left-- <= 0 });
};
const purge = (more: Partial<typeof results> = {}) =>
  replay(orchestrator, connector, { ...results, ...more });
const namesOf = ({ calls }: ReturnType<typeof purge>) => calls.map(({ name }) => name);

describe('purgeConnector', () => {
  it('deletes secrets first and the row last', () => {
    const run = purge();

    expect(namesOf(run)).toEqual(['deleteSecrets', 'checkIdle', 'deleteDependents', 'deleteRow']);
    expect(run.calls.every(({ input }) => input.connectorId === 'c1')).toBe(true);
    expect(run).toMatchObject({ timers: [], logged: [] });
    expect(run.error).toBeUndefined();
  });

  it('waits for secrets and a sync with growing pauses', () => {
    const run = purge({ deleteSecrets: after(2), checkIdle: after(7) });

    expect(namesOf(run).slice(-2)).toEqual(['deleteDependents', 'deleteRow']);
    const times = ['2026-01-15T12:00:00.000Z', ...run.timers].map((at) => Date.parse(at) / 1_000);
    const pauses = times.slice(1).map((at, n) => at - times[n]!);
    expect(pauses).toEqual([1, 2, 1, 2, 4, 8, 16, 30, 30]);
    expect(run).toMatchObject({ logged: [] });
    expect(run.error).toBeUndefined();
  });

  it.each([
    ['checkIdle', ['deleteSecrets'], 60],
    ['deleteSecrets', [], 5],
  ])('deletes nothing more while %s is false, and fails', (name, before, polls) => {
    const run = purge({ [name]: () => ({ done: false }) });

    expect(namesOf(run)).toEqual([...before, ...Array<string>(polls).fill(name)]);
    expect(run.logged).toMatchObject([
      { event: 'orchestration.failed', orchestrator: 'purgeConnector', instanceId: 'run' },
    ]);
    expect(String(run.error)).toContain(`${name} was not done`);
  });

  it('deletes a large connector in many stretches and histories', () => {
    const run = purge({ deleteDependents: after(20) });
    const last = purge({ deleteDependents: after(19) });

    expect(namesOf(run).filter((name) => name === 'deleteDependents')).toHaveLength(20);
    expect(run.continuedAs).toEqual(connector);
    expect(namesOf(last).at(-1)).toBe('deleteRow');
  });

  it('reports a step that failed in all attempts once', () => {
    const run = purge({
      deleteDependents: () => {
        throw new Error('storage is down');
      },
    });

    expect(run.logged.map(({ event, step }: any) => [event, step])).toEqual([
      ['step.failed', 'deleteDependents'],
      ['orchestration.failed', undefined],
    ]);
  });
});
