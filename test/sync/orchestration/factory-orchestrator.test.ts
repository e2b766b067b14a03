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

  it('waits again if the timer fires early', () => {
    const wait = { cursor: [], notBefore: '2026-01-15T12:00:50.000Z' };
    const mirrorRuns = () => ({ done: { tally: runs } });
    const results = { mirrorRuns, ...except('dataset', wait) };

    const { timers, result } = replay(syncFactory, target, results, { timersEarlyMs: 400 });

    expect(timers).toEqual(['2026-01-15T12:00:50.000Z', '2026-01-15T12:00:51.000Z']);
    expect(result!.outcome.status).toBe('succeeded');
  });

  it('reports an error of its own code as a failure', () => {
    const { result, logged } = replayFactory(target, { mirrorKind: () => ({ done: null }) });

    expect(result!.outcome).toMatchObject({ status: 'failed' });
    expect(logged).toMatchObject([{ event: 'factory.interrupted', message: expect.any(String) }]);
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

  it.each<[string, string, object | undefined]>([
    ['azure_no_response', 'failed', undefined],
    ['resource_manager_access_denied', 'no_access', { status: 403 }],
  ])('if every kind fails with %s, ends %s and removes nothing', (code, status, response) => {
    const failure = { code, message: 'no', ...(response && { response }) };

    const { result, calls } = replayFactory(target, {
      mirrorKind: () => ({ done: { tallies: {}, failure } }),
    });

    expect(result!.outcome.status).toBe(status);
    expect(calls.map(({ name }) => name)).not.toContain('removeFactory');
  });

  const answer = (status: number, azureCode?: string) => ({
    code: 'any',
    message: 'No.',
    response: { status, ...(azureCode && { code: azureCode }) },
  });
  const gone = answer(404, 'ResourceNotFound');
  const html = answer(404);
  const removal = { tallies: { pipeline: { ...one, written: 0, removed: 8 } }, massRemovals: {} };

  /** `lists` is the failure of all lists but the factory itself. */
  const replayFailures = (evidence: object, itself?: object, lists?: object) =>
    replayFactory(
      { ...target, ...evidence },
      {
        mirrorKind: ({ kind }: { kind: string }) => {
          const failure = kind === 'factory' ? itself : lists;
          return { done: { tallies: {}, ...(failure && { failure }) } };
        },
        removeFactory: () => ({ done: removal }),
        markGone: () => ({ done: undefined }),
      },
    );
  const unlisted = { unlisted: true };
  const inDoubt = { unlisted: true, discoveryInDoubt: true };
  const goneBefore = { goneSinceRun: 'r0' };
  const goneInThisRun = { goneSinceRun: 'r1' };

  it.each([
    ['the lists were read', unlisted, gone, undefined, 'partial'],
    [
      'the subscription is not found',
      unlisted,
      answer(404, 'SubscriptionNotFound'),
      html,
      'no_access',
    ],
    ['a proxy answers with HTML', { ...unlisted, ...goneBefore }, html, html, 'failed'],
    ['the lists fail', unlisted, gone, answer(500), 'failed'],
    ['discovery lists it', {}, gone, gone, 'failed'],
    ['it is retried', { ...unlisted, retryOf: 'r0' }, gone, gone, 'failed'],
    ['only this sync run missed it', goneInThisRun, gone, gone, 'failed'],
  ])('keeps a factory that is not found if %s', (_, evidence, itself, lists, status) => {
    const { result, calls } = replayFailures(evidence, itself, lists);

    expect(result!.outcome.status).toBe(status);
    expect(calls.map(({ name }) => name)).not.toContain('removeFactory');
  });

  it.each([
    ['unlisted', unlisted, 'if_mass_removal'],
    ['unlisted with most others', inDoubt, 'always'],
    ['listed, but gone in an earlier sync run', goneBefore, 'always'],
  ])('removes a factory that is gone and %s', (_, evidence, quarantine) => {
    const { result, calls } = replayFailures(evidence, gone, gone);

    expect(calls.at(-1)).toMatchObject({ name: 'removeFactory', input: { factory, quarantine } });
    expect(result).toEqual({ outcome: { factory, status: 'removed' }, tallies: removal.tallies });
  });

  it.each([
    ['filters by name', {}, 'never'],
    ['filters by tag', { filteredByTags: true }, 'if_mass_removal'],
    [
      'filters by tag that exclude most',
      { filteredByTags: true, discoveryInDoubt: true },
      'always',
    ],
  ])('removes a factory that is excluded by %s', (_, evidence, quarantine) => {
    const { calls } = replayFailures({ ...evidence, filteredOut: true }, gone, gone);

    expect(calls).toMatchObject([{ name: 'removeFactory', input: { quarantine } }]);
  });

  it.each([
    ['records that it is gone', {}, gone, gone, [true]],
    ['records it once', goneInThisRun, gone, gone, []],
    ['clears the record of a factory that is found', goneBefore, undefined, undefined, [false]],
    ['clears the record if lists are read', goneBefore, gone, undefined, [false]],
    ['keeps the record in an outage', goneBefore, answer(503), answer(503), []],
    ['records nothing for a factory that is found', {}, undefined, undefined, []],
  ])('%s', (_, evidence, itself, lists, marks) => {
    const { calls } = replayFailures(evidence, itself, lists);

    const recorded = calls.filter(({ name }) => name === 'markGone');
    expect(recorded.map(({ input }) => input.isGone)).toEqual(marks);
  });

  it('reports what a removal has quarantined', () => {
    const massRemovals = { pipeline: { removed: 8, of: 8 } };
    const { result } = replayFactory(
      { ...target, ...unlisted },
      {
        mirrorKind: () => ({ done: { tallies: {}, failure: gone } }),
        removeFactory: () => ({ done: { ...removal, massRemovals } }),
      },
    );

    expect(result!.outcome).toEqual({ factory, status: 'removed', massRemovals });
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
      { removeFactory: () => ({ done: removal }) },
    );

    expect(calls.map(({ name }) => name)).toEqual(['removeFactory']);
    expect(result!.outcome.status).toBe('filtered_out');
  });
});
