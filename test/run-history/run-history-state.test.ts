/** Which runs are read again, and whose activities are asked for. */
import type { PipelineRun } from '../../functions/run-history/run';
import {
  emptyState,
  pruned,
  queued,
  windowOf,
  withDays,
  type ActivityPolicy,
} from '../../functions/run-history/run-history-state';

const run = (
  runId: string,
  pipeline: string,
  start: string,
  status = 'Succeeded',
): PipelineRun => ({
  kind: 'pipeline',
  runId,
  pipeline,
  status,
  start,
  lastUpdated: start,
  parameters: [],
});
const at = (hour: number) => `2026-01-15T${String(hour).padStart(2, '0')}:00:00.000Z`;
const ids = (state: { queue: readonly { runId: string }[] }) =>
  state.queue.map(({ runId }) => runId);

describe('the window of a look', () => {
  it.each<[watermark: string | undefined, after: string]>([
    [undefined, '2025-12-01T12:00:00.000Z'],
    [at(11), '2026-01-15T10:50:00.000Z'],
    ['2024-01-01T00:00:00.000Z', '2025-12-01T12:00:00.000Z'],
  ])('given that runs were read up to %s, when the next are, then from %s on', (given, after) => {
    const state = { ...emptyState, ...(given && { watermark: given }) };

    expect(windowOf(state, at(12), 45)).toEqual({ after, before: at(12) });
    expect(windowOf(state, at(12), 400).after).toBe(after);
  });
});

describe('the line of runs whose activities are asked for', () => {
  const history = [
    run('a3', 'A', at(9)),
    run('a2', 'A', at(8), 'Failed'),
    run('a1', 'a', at(7)),
    run('b1', 'B', at(6), 'InProgress'),
    run('c1', 'C', at(5), 'Cancelled'),
  ];

  it.each<[policy: ActivityPolicy[], expected: string[]]>([
    [['failed'], ['a2']],
    [['latest'], ['a3', 'c1']],
    [
      ['failed', 'latest'],
      ['a3', 'a2', 'c1'],
    ],
    [['all'], ['a3', 'a2', 'a1', 'c1']],
    [[], []],
  ])('given the policy %j, when runs are read, then %j stand in line', (policy, expected) => {
    expect(ids(queued(emptyState, history, policy))).toEqual(expected);
  });

  it('given a latest run that waits, when a newer one ends, then it takes its place and failures stay', () => {
    const before = queued(emptyState, history, ['failed', 'latest']);

    const after = queued(before, [run('a4', 'A', at(10))], ['failed', 'latest']);

    expect(ids(after)).toEqual(['a4', 'a2', 'c1']);
  });

  it('given an older run that is updated late, when it is read, then it is not the latest', () => {
    const before = queued(emptyState, history, ['latest']);

    expect(ids(queued(before, [run('a0', 'A', at(1))], ['latest']))).toEqual(['a3', 'c1']);
  });

  it('given days and runs that are too old, when the state is pruned, then they are forgotten', () => {
    const state = withDays(queued(emptyState, history, ['all']), [at(9), '2025-11-01T00:00:00Z']);

    expect(pruned(state, '20260101', at(12)).days).toEqual(['20260115']);
    expect(pruned(state, '20260116', at(12)).queue).toEqual([]);
  });
});
