import { listedKinds } from '../../../functions/data-factory/resource';
import { syncFactory } from '../../../functions/sync/orchestration/factory-orchestrator';
import { mirroredKinds } from '../../../functions/sync/orchestration/steps';
import { replay, type Answers } from '../../support/replay';

const factory = { subscriptionId: 's', resourceGroup: 'g', name: 'sales' };
const target = { tenantId: 't', connectorId: 'c1', runId: 'r1', mode: 'incremental', factory };
const one = { read: 1, written: 1, unchanged: 0, removed: 0 };
const mirrored = ({ kind }: { kind: string }) => ({ done: { tallies: { [kind]: one } } });

const runs = { pipelineRuns: 2, triggerRuns: 1, detailed: 2, left: 0 };

/** Run history has nothing to say here unless a test asks it, so its step is not shown either. */
function copy(input: object, answers: Answers) {
  const mirrorRuns = () => ({ done: { tally: runs } });
  const replayed = replay(syncFactory, input, { mirrorRuns, ...answers });
  return { ...replayed, calls: replayed.calls.filter(({ name }) => name !== 'mirrorRuns') };
}

/** The answers of a step that says something else when it is asked about a kind, each of them once. */
const except = (kind: string, ...said: object[]) => ({
  mirrorKind: (input: { kind: string }) =>
    input.kind === kind && said.length > 0
      ? { done: { tallies: {}, ...said.shift() } }
      : mirrored(input),
});

describe('syncing a factory', () => {
  it('given every kind, when they are copied, then all are asked at once and each once', () => {
    const { calls, result, timers } = copy(target, { mirrorKind: mirrored });

    expect(calls.map(({ input }) => input.kind)).toEqual([...mirroredKinds]);
    expect(calls[0]!.input).toMatchObject({ pass: 'r1', full: false, factory });
    expect(result!.outcome).toEqual({ factory, runs, status: 'succeeded' });
    expect(Object.keys(result!.tallies)).toHaveLength(mirroredKinds.length);
    expect(timers).toEqual([]);
  });

  it('given the kinds a factory can list, when they are compared with the steps, then none is forgotten', () => {
    expect([...mirroredKinds].sort()).toEqual([...listedKinds].sort());
  });

  it('given a list longer than a step may take, when the step gives a cursor, then only this kind goes on from there', () => {
    const { calls, result } = copy(
      target,
      except('pipeline', { tallies: { pipeline: one }, cursor: ['next'] }),
    );

    const [more] = calls.slice(mirroredKinds.length);
    expect(more!.input).toMatchObject({ kind: 'pipeline', cursor: ['next'] });
    expect(calls).toHaveLength(mirroredKinds.length + 1);
    expect(result!.tallies.pipeline).toMatchObject({ read: 2, written: 2 });
  });

  it('given that Azure asks for patience, when a kind must wait, then a timer waits and the others do not', () => {
    const wait = { cursor: [], notBefore: '2026-01-15T12:00:50.000Z' };
    const { calls, timers, result } = copy(target, except('dataset', wait));

    expect(timers).toEqual(['2026-01-15T12:00:50.000Z']);
    expect(calls.at(-1)!.input).toMatchObject({ kind: 'dataset', cursor: [] });
    expect(calls.at(-1)!.input).not.toHaveProperty('notBefore');
    expect(result!.outcome.status).toBe('succeeded');
  });

  it('given a kind that cannot be read, when the others can, then the factory is partly copied and says why', () => {
    const failure = { code: 'resource_manager_access_denied', message: 'no' };

    const { result } = copy(target, except('trigger', { failure }));

    expect(result!.outcome).toEqual({
      factory,
      runs,
      status: 'partial',
      failures: { trigger: failure },
    });
  });

  it.each([
    ['azure_no_response', 'failed'],
    ['resource_manager_access_denied', 'no_access'],
  ])(
    'given that every kind ends with %s, when the factory is copied, then it is %s and nothing is removed',
    (code, status) => {
      const failure = { code, message: 'no' };

      const { result, calls } = copy(target, {
        mirrorKind: () => ({ done: { tallies: {}, failure } }),
      });

      expect(result!.outcome.status).toBe(status);
      expect(calls.map(({ name }) => name)).not.toContain('removeFactory');
    },
  );

  it.each([
    ['answers', undefined, 'gone'],
    ['is not found', 'resource_manager_not_found', 'gone'],
    ['is refused', 'resource_manager_access_denied', 'no_access'],
    ['does not answer', 'azure_no_response', 'failed'],
  ])(
    'given a factory that two runs have missed, when it %s, then it is asked for itself only and found %s',
    (_, code, status) => {
      const failure = code && { code, message: 'no' };

      const { result, calls } = replay(
        syncFactory,
        { ...target, missed: true },
        {
          mirrorKind: () => ({ done: { tallies: {}, ...(failure && { failure }) } }),
          removeFactory: () => ({ done: {} }),
        },
      );

      expect(calls.map(({ name, input }) => input.kind ?? name)).toEqual([
        'factory',
        ...(status === 'gone' ? ['removeFactory'] : []),
      ]);
      expect(result!.outcome.status).toBe(status);
    },
  );

  const missing = (failure?: object) =>
    replay(
      syncFactory,
      { ...target, missed: true },
      {
        mirrorKind: () => ({ done: { tallies: {}, ...(failure && { failure }) } }),
        removeFactory: ({ held }) => ({
          done: held ? { pipeline: { ...one, removed: 8 }, activity: { ...one, removed: 9 } } : {},
        }),
      },
    );

  it('given a factory that two runs have missed, when it answers all the same, then what is hidden is held and its outcome warns', () => {
    const { result, calls } = missing();

    expect(calls.at(-1)).toMatchObject({ name: 'removeFactory', input: { held: true } });
    expect(result!.outcome).toEqual({
      factory,
      status: 'gone',
      alarms: { factory: { removed: 1, of: 1 }, pipeline: { removed: 8, of: 8 } },
    });
  });

  it('given a factory that two runs have missed, when Azure does not know it either, then nothing is held', () => {
    const { result, calls } = missing({ code: 'resource_manager_not_found', message: 'gone' });

    expect(calls.at(-1)!.input).not.toHaveProperty('held');
    expect(result!.outcome).toEqual({ factory, status: 'gone' });
  });

  const alarm = { removed: 9, of: 10 };

  it('given a list of which much has vanished, when the factory is copied, then its outcome warns', () => {
    const { result } = copy(target, except('dataset', { alarm }));

    expect(result!.outcome).toEqual({
      factory,
      runs,
      status: 'succeeded',
      alarms: { dataset: alarm },
    });
  });

  it.each<[string, string, Answers]>([
    ['is cancelled', 'cancelled', except('dataset', { alarm, halted: 'cancelled', cursor: [] })],
    [
      'is cancelled in its run history',
      'cancelled',
      {
        ...except('dataset', { alarm }),
        mirrorRuns: () => ({ done: { tally: runs, halted: 'cancelled' } }),
      },
    ],
    [
      'breaks off',
      'failed',
      {
        mirrorKind: (input: { kind: string; cursor?: object }) => {
          if (input.cursor) throw new Error('a bug');
          return input.kind === 'dataset'
            ? { done: { tallies: {}, alarm, cursor: ['next'] } }
            : mirrored(input);
        },
      },
    ],
    [
      'is gone after that',
      'gone',
      {
        mirrorKind: (input: { kind: string }) =>
          input.kind === 'factory'
            ? {
                done: {
                  tallies: {},
                  failure: { code: 'resource_manager_not_found', message: 'no' },
                },
              }
            : { done: { tallies: {}, ...(input.kind === 'dataset' && { alarm }) } },
        removeFactory: () => ({ done: { pipeline: one } }),
      },
    ],
  ])(
    'given a list of which much has vanished, when the factory %s, then its outcome warns all the same',
    (_, status, answers) => {
      const { result } = copy(target, answers);

      expect(result!.outcome).toMatchObject({ factory, status, alarms: { dataset: alarm } });
      expect(result!.tallies).toHaveProperty('pipeline');
    },
  );

  it('given a list that could not be read, when the factory is cancelled, then it says so', () => {
    const failure = { code: 'resource_manager_access_denied', message: 'no' };
    const { result } = copy(target, {
      mirrorKind: (input: { kind: string }) =>
        input.kind === 'dataset'
          ? { done: { tallies: {}, failure } }
          : { done: { tallies: {}, halted: 'cancelled', cursor: [] } },
    });

    expect(result!.outcome).toEqual({
      factory,
      status: 'cancelled',
      failures: { dataset: failure },
    });
  });

  it('given a factory that Azure no longer knows, when it is asked for, then its resources are removed', () => {
    const failure = { code: 'resource_manager_not_found', message: 'gone' };
    const { calls, result } = copy(target, {
      mirrorKind: () => ({ done: { tallies: {}, failure } }),
      removeFactory: () => ({ done: { pipeline: { ...one, written: 0, removed: 1 } } }),
    });

    expect(calls.at(-1)!.name).toBe('removeFactory');
    expect(result).toMatchObject({
      outcome: { status: 'gone' },
      tallies: { pipeline: { removed: 1 } },
    });
  });

  it('given a step that breaks for good, when the factory is copied, then it reports and does not throw', () => {
    const { result, error } = copy(target, {
      mirrorKind: () => {
        throw new Error('a bug');
      },
    });

    expect(error).toBeUndefined();
    expect(result!.outcome).toMatchObject({ status: 'failed', failures: { factory: {} } });
  });

  it('given a list that is put off for ever, when the factory is copied, then it is given up in the end', () => {
    const { result } = copy(target, {
      mirrorKind: (input: { kind: string }) =>
        input.kind === 'dataset' ? { done: { tallies: {}, cursor: ['again'] } } : mirrored(input),
    });

    expect(result!.outcome).toMatchObject({
      status: 'partial',
      failures: { dataset: { code: 'list_throttled' } },
    });
  });

  it('given a wait of minutes, when the run is cancelled in between, then the factory does not wait to its end', () => {
    const wait = { cursor: [], notBefore: '2026-01-15T12:10:00.000Z' };
    const asked = [{}, { halted: 'cancelled' }];

    const { result, timers } = copy(target, {
      ...except('dataset', wait),
      checkStopRequest: () => ({ done: asked.shift() }),
    });

    expect(timers).toEqual(['2026-01-15T12:01:00.000Z', '2026-01-15T12:02:00.000Z']);
    expect(result!.outcome).toEqual({ factory, status: 'cancelled' });
  });

  it('given a pause between two pages, when the factory is started again, then only what was left is read', () => {
    const before = copy(
      target,
      except('pipeline', { tallies: { pipeline: one }, cursor: ['p2'], halted: 'paused' }),
    );

    const after = copy({ ...target, rest: before.result!.left }, { mirrorKind: mirrored });

    expect(after.calls.map(({ input }) => [input.kind, input.cursor])).toEqual([
      ['pipeline', ['p2']],
    ]);
    expect(after.result!.outcome).toEqual({ factory, runs, status: 'succeeded' });
    expect(after.result!.tallies.pipeline).toMatchObject({ read: 2, written: 2 });
  });

  it('given siblings whose lists are still read, when the lists of a factory are read, then its run history is left', () => {
    const waiting = { cursor: [], notBefore: '2026-01-15T12:00:50.000Z' };
    const before = copy(
      { ...target, listsOnly: true },
      except('dataset', ...Array.from({ length: 100 }, () => waiting)),
    );
    const after = copy({ ...target, rest: before.result!.left }, {});

    expect(before.result!.paused).toBeUndefined();
    expect(before.result!.outcome).not.toHaveProperty('runs');
    expect(after.calls).toEqual([]);
    expect(after.result).toEqual({
      outcome: { ...before.result!.outcome, runs },
      tallies: before.result!.tallies,
    });
    expect(after.result!.outcome).toMatchObject({
      status: 'partial',
      failures: { dataset: { code: 'list_throttled' } },
    });
  });

  it('given run history that takes more than a step, when a factory is copied, then it goes on from the cursor after the wait', () => {
    const cursor = { phase: 'activity', before: 'b', budget: 3 };
    const said: object[] = [{ tally: runs, cursor, notBefore: '2026-01-15T12:00:30.000Z' }];
    const asked: unknown[] = [];
    const { result, timers } = copy(target, {
      mirrorKind: mirrored,
      mirrorRuns: (input: { cursor?: unknown }) => {
        asked.push(input.cursor);
        return { done: said.shift() ?? { tally: runs } };
      },
    });

    expect(asked.at(-1)).toEqual(cursor);
    expect(timers).toEqual(['2026-01-15T12:00:30.000Z']);
    expect(result!.outcome.runs).toEqual({ ...runs, pipelineRuns: 4, triggerRuns: 2, detailed: 4 });
  });

  it.each([
    ['goes on', 'paused', { tally: runs }, 'succeeded'],
    ['is cancelled', 'paused', { tally: runs, cursor: {}, halted: 'cancelled' }, 'cancelled'],
  ])(
    'given a pause in run history, when it %s, then it starts where it was and counts what was read before',
    (_, halted, then, status) => {
      const cursor = { phase: 'trigger', before: 'b', budget: 3 };
      const paused = copy(target, {
        mirrorKind: mirrored,
        mirrorRuns: () => ({ done: { tally: runs, cursor, halted } }),
      });
      const asked: unknown[] = [];

      const { result } = copy(
        { ...target, rest: paused.result!.left },
        {
          mirrorRuns: (input: { cursor?: unknown }) => {
            asked.push(input.cursor);
            return { done: then };
          },
        },
      );

      expect(paused.result!).toMatchObject({ paused: true, outcome: { runs } });
      expect(asked.at(-1)).toEqual(cursor);
      expect(result!.outcome).toMatchObject({
        status,
        runs: { ...runs, pipelineRuns: 4, triggerRuns: 2, detailed: 4 },
      });
    },
  );

  it('given run history that cannot be read, when a factory is copied, then it is partly copied and says why', () => {
    const failure = { code: 'resource_manager_access_denied', message: 'no' };
    const { result } = copy(target, {
      mirrorKind: mirrored,
      mirrorRuns: () => ({ done: { tally: runs, failure } }),
    });

    expect(result!.outcome).toMatchObject({ status: 'partial', failures: { runs: failure } });
  });

  it('given run history that breaks for good, when a factory is copied, then its lists count all the same', () => {
    const { result, error } = copy(target, {
      mirrorKind: mirrored,
      mirrorRuns: () => {
        throw new Error('a bug');
      },
    });

    expect(error).toBeUndefined();
    expect(result!.outcome).toMatchObject({
      status: 'partial',
      failures: { runs: { code: 'run_history_interrupted' } },
    });
  });

  it('given siblings, when a factory has ended, then its end is told; when it is alone or was paused, not', () => {
    const told: any[] = [];
    const copied = (input: object, said = mirrored as (input: { kind: string }) => object) =>
      copy(input, {
        mirrorKind: said,
        reportFactoryEnd: (end) => {
          told.push(end);
          return { done: undefined };
        },
      });

    copied(target);
    copied({ ...target, siblings: 2 }, () => ({
      done: { tallies: {}, halted: 'paused', cursor: [] },
    }));
    expect(told).toEqual([]);
    const { result: lists } = copied({ ...target, siblings: 2, listsOnly: true, expected: 7 });
    const { result: all } = copied({ ...target, siblings: 2 });

    const { left: _left, ...report } = lists!;
    const key = { tenantId: 't', connectorId: 'c1', runId: 'r1', durationMs: 0 };
    expect(told).toContainEqual({ ...key, report, expected: 7, runHistoryPending: true });
    expect(told.at(-1)).toEqual({ ...key, report: all });
  });

  it('given an end that cannot be told, when a factory has ended, then it has ended all the same', () => {
    const { result, error } = copy(
      { ...target, siblings: 2 },
      {
        mirrorKind: mirrored,
        reportFactoryEnd: () => {
          throw new Error('storage is away');
        },
      },
    );

    expect(error).toBeUndefined();
    expect(result!.outcome.status).toBe('succeeded');
  });

  it('given a wait in run history, when nobody can be asked whether it goes on, then its lists count all the same', () => {
    const wait = { tally: runs, cursor: {}, notBefore: '2026-01-15T12:10:00.000Z' };
    const { result, error } = copy(target, {
      mirrorKind: mirrored,
      mirrorRuns: () => ({ done: wait }),
      checkStopRequest: () => {
        throw new Error('no storage');
      },
    });

    expect(error).toBeUndefined();
    expect(result!.outcome).toMatchObject({
      status: 'partial',
      failures: { runs: { code: 'run_history_interrupted' } },
    });
  });

  it('given a factory that filters leave out, when it is synced, then what is known of it is removed and nothing is asked', () => {
    const { calls, result } = replay(
      syncFactory,
      { ...target, unwanted: true },
      { removeFactory: () => ({ done: {} }) },
    );

    expect(calls.map(({ name }) => name)).toEqual(['removeFactory']);
    expect(result!.outcome.status).toBe('filtered_out');
  });
});
