import { listedKinds } from '../../../functions/data-factory/resource';
import { syncFactory } from '../../../functions/sync/orchestration/factory-orchestrator';
import { mirroredKinds } from '../../../functions/sync/orchestration/sync-plan';
import { replay, type TaskResults } from '../../support/replay';

const factory = { subscriptionId: 's', resourceGroup: 'g', name: 'sales' };
const target = { tenantId: 't', connectorId: 'c1', syncRunId: 'r1', mode: 'incremental', factory };
const one = { read: 1, written: 1, unchanged: 0, removed: 0 };
const mirrored = ({ kind }: { kind: string }) => ({ done: { tallies: { [kind]: one } } });

const runs = { pipelineRuns: 2, triggerRuns: 1, runsWithActivities: 2, remaining: 0 };

/** Without the step of run history, which returns a fixed result unless a test replaces it. */
function replayFactory(input: object, results: TaskResults) {
  const mirrorRuns = () => ({ done: { tally: runs } });
  const replayed = replay(syncFactory, input, { mirrorRuns, ...results });
  return { ...replayed, calls: replayed.calls.filter(({ name }) => name !== 'mirrorRuns') };
}

/**
 * Results of the step mirrorKind: the given ones for one kind, each once, and the usual ones
 * otherwise.
 */
const except = (kind: string, ...said: object[]) => ({
  mirrorKind: (input: { kind: string }) =>
    input.kind === kind && said.length > 0
      ? { done: { tallies: {}, ...said.shift() } }
      : mirrored(input),
});

describe('syncFactory', () => {
  it('reads every kind once, all at the same time', () => {
    const { calls, result, timers } = replayFactory(target, { mirrorKind: mirrored });

    expect(calls.map(({ input }) => input.kind)).toEqual([...mirroredKinds]);
    expect(calls[0]!.input).toMatchObject({ syncRunId: 'r1', full: false, factory });
    expect(result!.outcome).toEqual({ factory, runs, status: 'succeeded' });
    expect(Object.keys(result!.tallies)).toHaveLength(mirroredKinds.length);
    expect(timers).toEqual([]);
  });

  it('has a step for every listed kind', () => {
    expect([...mirroredKinds].sort()).toEqual([...listedKinds].sort());
  });

  it('continues only the list that returned a cursor', () => {
    const { calls, result } = replayFactory(
      target,
      except('pipeline', { tallies: { pipeline: one }, cursor: ['next'] }),
    );

    const [more] = calls.slice(mirroredKinds.length);
    expect(more!.input).toMatchObject({ kind: 'pipeline', cursor: ['next'] });
    expect(calls).toHaveLength(mirroredKinds.length + 1);
    expect(result!.tallies.pipeline).toMatchObject({ read: 2, written: 2 });
  });

  it('waits only for the list that Azure throttles', () => {
    const wait = { cursor: [], notBefore: '2026-01-15T12:00:50.000Z' };
    const { calls, timers, result } = replayFactory(target, except('dataset', wait));

    expect(timers).toEqual(['2026-01-15T12:00:50.000Z']);
    expect(calls.at(-1)!.input).toMatchObject({ kind: 'dataset', cursor: [] });
    expect(calls.at(-1)!.input).not.toHaveProperty('notBefore');
    expect(result!.outcome.status).toBe('succeeded');
  });

  it('ends partial if one kind cannot be read', () => {
    const failure = { code: 'resource_manager_access_denied', message: 'no' };

    const { result } = replayFactory(target, except('trigger', { failure }));

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
  ])('if every kind fails with %s, ends %s and removes nothing', (code, status) => {
    const failure = { code, message: 'no' };

    const { result, calls } = replayFactory(target, {
      mirrorKind: () => ({ done: { tallies: {}, failure } }),
    });

    expect(result!.outcome.status).toBe(status);
    expect(calls.map(({ name }) => name)).not.toContain('removeFactory');
  });

  it.each([
    ['results', undefined, 'removed'],
    ['is not found', 'resource_manager_not_found', 'removed'],
    ['is refused', 'resource_manager_access_denied', 'no_access'],
    ['does not respond', 'azure_no_response', 'failed'],
  ])('reads only the factory itself if a missing one %s: %s', (_, code, status) => {
    const failure = code && { code, message: 'no' };

    const { result, calls } = replay(
      syncFactory,
      { ...target, missing: true },
      {
        mirrorKind: () => ({ done: { tallies: {}, ...(failure && { failure }) } }),
        removeFactory: () => ({ done: {} }),
      },
    );

    expect(calls.map(({ name, input }) => input.kind ?? name)).toEqual([
      'factory',
      ...(status === 'removed' ? ['removeFactory'] : []),
    ]);
    expect(result!.outcome.status).toBe(status);
  });

  const missing = (failure?: object) =>
    replay(
      syncFactory,
      { ...target, missing: true },
      {
        mirrorKind: () => ({ done: { tallies: {}, ...(failure && { failure }) } }),
        removeFactory: ({ quarantined }) => ({
          done: quarantined
            ? { pipeline: { ...one, removed: 8 }, activity: { ...one, removed: 9 } }
            : {},
        }),
      },
    );

  it('quarantines a missing factory that Azure still returns', () => {
    const { result, calls } = missing();

    expect(calls.at(-1)).toMatchObject({ name: 'removeFactory', input: { quarantined: true } });
    expect(result!.outcome).toEqual({
      factory,
      status: 'removed',
      massRemovals: { factory: { removed: 1, of: 1 }, pipeline: { removed: 8, of: 8 } },
    });
  });

  it('removes a missing factory without quarantine if it is not found', () => {
    const { result, calls } = missing({ code: 'resource_manager_not_found', message: 'not found' });

    expect(calls.at(-1)!.input).not.toHaveProperty('quarantined');
    expect(result!.outcome).toEqual({ factory, status: 'removed' });
  });

  const massRemoval = { removed: 9, of: 10 };

  it('reports a mass removal', () => {
    const { result } = replayFactory(target, except('dataset', { massRemoval }));

    expect(result!.outcome).toEqual({
      factory,
      runs,
      status: 'succeeded',
      massRemovals: { dataset: massRemoval },
    });
  });

  it.each<[string, string, TaskResults]>([
    [
      'is cancelled',
      'cancelled',
      except('dataset', { massRemoval, stopRequest: 'cancelled', cursor: [] }),
    ],
    [
      'is cancelled in its run history',
      'cancelled',
      {
        ...except('dataset', { massRemoval }),
        mirrorRuns: () => ({ done: { tally: runs, stopRequest: 'cancelled' } }),
      },
    ],
    [
      'is interrupted',
      'failed',
      {
        mirrorKind: (input: { kind: string; cursor?: object }) => {
          if (input.cursor) throw new Error('a bug');
          return input.kind === 'dataset'
            ? { done: { tallies: {}, massRemoval, cursor: ['next'] } }
            : mirrored(input);
        },
      },
    ],
    [
      'is not found later',
      'removed',
      {
        mirrorKind: (input: { kind: string }) =>
          input.kind === 'factory'
            ? {
                done: {
                  tallies: {},
                  failure: { code: 'resource_manager_not_found', message: 'no' },
                },
              }
            : { done: { tallies: {}, ...(input.kind === 'dataset' && { massRemoval }) } },
        removeFactory: () => ({ done: { pipeline: one } }),
      },
    ],
  ])('reports a mass removal also if the factory %s', (_, status, results) => {
    const { result } = replayFactory(target, results);

    expect(result!.outcome).toMatchObject({
      factory,
      status,
      massRemovals: { dataset: massRemoval },
    });
    expect(result!.tallies).toHaveProperty('pipeline');
  });

  it('reports the failure of a list in a cancelled factory', () => {
    const failure = { code: 'resource_manager_access_denied', message: 'no' };
    const { result } = replayFactory(target, {
      mirrorKind: (input: { kind: string }) =>
        input.kind === 'dataset'
          ? { done: { tallies: {}, failure } }
          : { done: { tallies: {}, stopRequest: 'cancelled', cursor: [] } },
    });

    expect(result!.outcome).toEqual({
      factory,
      status: 'cancelled',
      failures: { dataset: failure },
    });
  });

  it('removes the resources of a factory that is not found', () => {
    const failure = { code: 'resource_manager_not_found', message: 'not found' };
    const { calls, result } = replayFactory(target, {
      mirrorKind: () => ({ done: { tallies: {}, failure } }),
      removeFactory: () => ({ done: { pipeline: { ...one, written: 0, removed: 1 } } }),
    });

    expect(calls.at(-1)!.name).toBe('removeFactory');
    expect(result).toMatchObject({
      outcome: { status: 'removed' },
      tallies: { pipeline: { removed: 1 } },
    });
  });

  it('returns the failure when a step runs out of retries', () => {
    const { result, error } = replayFactory(target, {
      mirrorKind: () => {
        throw new Error('a bug');
      },
    });

    expect(error).toBeUndefined();
    expect(result!.outcome).toMatchObject({ status: 'failed', failures: { factory: {} } });
  });

  it('gives up a list that Azure keeps throttling', () => {
    const { result } = replayFactory(target, {
      mirrorKind: (input: { kind: string }) =>
        input.kind === 'dataset' ? { done: { tallies: {}, cursor: ['again'] } } : mirrored(input),
    });

    expect(result!.outcome).toMatchObject({
      status: 'partial',
      failures: { dataset: { code: 'list_throttled' } },
    });
  });

  it('ends a long wait when the run is cancelled', () => {
    const wait = { cursor: [], notBefore: '2026-01-15T12:10:00.000Z' };
    const stopRequests = [{}, { stopRequest: 'cancelled' }];

    const { result, timers } = replayFactory(target, {
      ...except('dataset', wait),
      checkStopRequest: () => ({ done: stopRequests.shift() }),
    });

    expect(timers).toEqual(['2026-01-15T12:01:00.000Z', '2026-01-15T12:02:00.000Z']);
    expect(result!.outcome).toEqual({ factory, status: 'cancelled' });
  });

  it('continues a paused list at its checkpoint', () => {
    const before = replayFactory(
      target,
      except('pipeline', { tallies: { pipeline: one }, cursor: ['p2'], stopRequest: 'paused' }),
    );

    const after = replayFactory(
      { ...target, checkpoint: before.result!.checkpoint },
      { mirrorKind: mirrored },
    );

    expect(after.calls.map(({ input }) => [input.kind, input.cursor])).toEqual([
      ['pipeline', ['p2']],
    ]);
    expect(after.result!.outcome).toEqual({ factory, runs, status: 'succeeded' });
    expect(after.result!.tallies.pipeline).toMatchObject({ read: 2, written: 2 });
  });

  it('leaves run history for later if only lists are read', () => {
    const waiting = { cursor: [], notBefore: '2026-01-15T12:00:50.000Z' };
    const before = replayFactory(
      { ...target, listsOnly: true },
      except('dataset', ...Array.from({ length: 100 }, () => waiting)),
    );
    const after = replayFactory({ ...target, checkpoint: before.result!.checkpoint }, {});

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

  it('continues run history at its cursor after a wait', () => {
    const cursor = { phase: 'activity', before: 'b', budget: 3 };
    const results: object[] = [{ tally: runs, cursor, notBefore: '2026-01-15T12:00:30.000Z' }];
    const cursors: unknown[] = [];
    const { result, timers } = replayFactory(target, {
      mirrorKind: mirrored,
      mirrorRuns: (input: { cursor?: unknown }) => {
        cursors.push(input.cursor);
        return { done: results.shift() ?? { tally: runs } };
      },
    });

    expect(cursors.at(-1)).toEqual(cursor);
    expect(timers).toEqual(['2026-01-15T12:00:30.000Z']);
    expect(result!.outcome.runs).toEqual({
      ...runs,
      pipelineRuns: 4,
      triggerRuns: 2,
      runsWithActivities: 4,
    });
  });

  it.each([
    ['continues', 'paused', { tally: runs }, 'succeeded'],
    ['is cancelled', 'paused', { tally: runs, cursor: {}, stopRequest: 'cancelled' }, 'cancelled'],
  ])(
    'after a pause in run history that %s, keeps cursor and counts',
    (_, stopRequest, then, status) => {
      const cursor = { phase: 'trigger', before: 'b', budget: 3 };
      const paused = replayFactory(target, {
        mirrorKind: mirrored,
        mirrorRuns: () => ({ done: { tally: runs, cursor, stopRequest } }),
      });
      const cursors: unknown[] = [];

      const { result } = replayFactory(
        { ...target, checkpoint: paused.result!.checkpoint },
        {
          mirrorRuns: (input: { cursor?: unknown }) => {
            cursors.push(input.cursor);
            return { done: then };
          },
        },
      );

      expect(paused.result!).toMatchObject({ paused: true, outcome: { runs } });
      expect(cursors.at(-1)).toEqual(cursor);
      expect(result!.outcome).toMatchObject({
        status,
        runs: { ...runs, pipelineRuns: 4, triggerRuns: 2, runsWithActivities: 4 },
      });
    },
  );

  it('ends partial if run history cannot be read', () => {
    const failure = { code: 'resource_manager_access_denied', message: 'no' };
    const { result } = replayFactory(target, {
      mirrorKind: mirrored,
      mirrorRuns: () => ({ done: { tally: runs, failure } }),
    });

    expect(result!.outcome).toMatchObject({ status: 'partial', failures: { runHistory: failure } });
  });

  it('keeps the lists when run history runs out of retries', () => {
    const { result, error } = replayFactory(target, {
      mirrorKind: mirrored,
      mirrorRuns: () => {
        throw new Error('a bug');
      },
    });

    expect(error).toBeUndefined();
    expect(result!.outcome).toMatchObject({
      status: 'partial',
      failures: { runHistory: { code: 'run_history_interrupted' } },
    });
  });

  it('reports its end unless it is paused or the only one', () => {
    const reported: any[] = [];
    const mirrorFactory = (input: object, said = mirrored as (input: { kind: string }) => object) =>
      replayFactory(input, {
        mirrorKind: said,
        reportFactoryEnd: (end) => {
          reported.push(end);
          return { done: undefined };
        },
      });

    mirrorFactory(target);
    mirrorFactory({ ...target, factoryCount: 2 }, () => ({
      done: { tallies: {}, stopRequest: 'paused', cursor: [] },
    }));
    expect(reported).toEqual([]);
    const { result: lists } = mirrorFactory({
      ...target,
      factoryCount: 2,
      listsOnly: true,
      expectedObjects: 7,
    });
    const { result: all } = mirrorFactory({ ...target, factoryCount: 2 });

    const { checkpoint: _left, ...report } = lists!;
    const key = { tenantId: 't', connectorId: 'c1', syncRunId: 'r1', durationMs: 0 };
    expect(reported).toContainEqual({
      ...key,
      report,
      expectedObjects: 7,
      runHistoryPending: true,
    });
    expect(reported.at(-1)).toEqual({ ...key, report: all });
  });

  it('succeeds if its end cannot be reported', () => {
    const { result, error } = replayFactory(
      { ...target, factoryCount: 2 },
      {
        mirrorKind: mirrored,
        reportFactoryEnd: () => {
          throw new Error('Storage is unavailable.');
        },
      },
    );

    expect(error).toBeUndefined();
    expect(result!.outcome.status).toBe('succeeded');
  });

  it('keeps the lists when the check for a stop request fails', () => {
    const wait = { tally: runs, cursor: {}, notBefore: '2026-01-15T12:10:00.000Z' };
    const { result, error } = replayFactory(target, {
      mirrorKind: mirrored,
      mirrorRuns: () => ({ done: wait }),
      checkStopRequest: () => {
        throw new Error('no storage');
      },
    });

    expect(error).toBeUndefined();
    expect(result!.outcome).toMatchObject({
      status: 'partial',
      failures: { runHistory: { code: 'run_history_interrupted' } },
    });
  });

  it('removes a filtered-out factory without reading it', () => {
    const { calls, result } = replay(
      syncFactory,
      { ...target, filteredOut: true },
      { removeFactory: () => ({ done: {} }) },
    );

    expect(calls.map(({ name }) => name)).toEqual(['removeFactory']);
    expect(result!.outcome.status).toBe('filtered_out');
  });
});
