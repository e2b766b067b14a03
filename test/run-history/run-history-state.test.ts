import type { PipelineRun } from '../../functions/run-history/run';
import {
  emptyState,
  withoutOld,
  enqueue,
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
const ids = (state: { queue: readonly { pipelineRunId: string }[] }) =>
  state.queue.map(({ pipelineRunId }) => pipelineRunId);

describe('windowOf', () => {
  it.each<[watermark: string | undefined, after: string]>([
    [undefined, '2025-12-01T12:00:00.000Z'],
    [at(11), '2026-01-15T10:50:00.000Z'],
    ['2024-01-01T00:00:00.000Z', '2025-12-01T12:00:00.000Z'],
  ])('with the watermark %s begins at %s', (given, after) => {
    const state = { ...emptyState, ...(given && { watermark: given }) };

    expect(windowOf(state, at(12), 45)).toEqual({ after, before: at(12) });
    expect(windowOf(state, at(12), 400).after).toBe(after);
  });
});

describe('enqueue', () => {
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
  ])('with the policy %j queues %j', (policy, expected) => {
    expect(ids(enqueue(emptyState, history, policy))).toEqual(expected);
  });

  it('replaces a queued latest run, but not a failed one', () => {
    const before = enqueue(emptyState, history, ['failed', 'latest']);

    const after = enqueue(before, [run('a4', 'A', at(10))], ['failed', 'latest']);

    expect(ids(after)).toEqual(['a4', 'a2', 'c1']);
  });

  it('does not queue an older run that is updated late', () => {
    const before = enqueue(emptyState, history, ['latest']);

    expect(ids(enqueue(before, [run('a0', 'A', at(1))], ['latest']))).toEqual(['a3', 'c1']);
  });

  it('has old days and runs dropped by withoutOld', () => {
    const state = withDays(enqueue(emptyState, history, ['all']), [at(9), '2025-11-01T00:00:00Z']);

    expect(withoutOld(state, '20260101', at(12)).days).toEqual(['20260115']);
    expect(withoutOld(state, '20260116', at(12)).queue).toEqual([]);
  });
});
