import { findFailure } from '../../functions/run-history/explain/failure-path';
import { definedActivities } from '../../functions/run-history/explain/pipeline-definition';
import type { Json } from '../../functions/data-factory/json';
import { factoryHash, rowKeyOf } from '../../functions/data-factory/resource-id';
import {
  runIdOf,
  dayOf,
  type ActivityRun,
  type PipelineRun,
} from '../../functions/run-history/run';
import { newSyncRun } from '../../functions/sync/new-sync-run';
import { RunHistoryWriter } from '../../functions/run-history/run-history-writer';
import { callEndpoint } from '../support/call-endpoint';
import { aConnectedConnector, owner, ownerOfOtherTenant } from '../support/builders';
import { syncContext } from '../support/sync-context';

const minute = (n: number) => new Date(Date.UTC(2026, 0, 10, 6, n)).toISOString();
const ran = (activity: string, status: string, by: Partial<ActivityRun> = {}): ActivityRun => ({
  runId: `${activity}-run`,
  activity,
  type: 'Copy',
  status,
  start: minute(1),
  end: minute(2),
  ...by,
});
const after = (activity: string, ...dependencyConditions: string[]) => ({
  activity,
  dependencyConditions,
});
const activity = (name: string, ...dependsOn: object[]) => ({ name, type: 'Copy', dependsOn });
const pipeline = (...activities: object[]) => ({ properties: { activities } }) as unknown as Json;
const explained = (definition: Json | undefined, ...runs: ActivityRun[]) => {
  const failure = findFailure(runs, definedActivities(definition));
  return failure && [failure.path.map((run) => run.activity), failure.skipped];
};

describe('findFailure', () => {
  const [a, b] = [activity('A'), activity('B', after('A', 'Succeeded'))];

  it.each<[string, Json | undefined, ActivityRun[], unknown]>([
    [
      'the failed activity and what waited for it',
      pipeline(a, b, activity('C', after('B', 'Succeeded'))),
      [ran('A', 'Failed')],
      [['A'], ['B', 'C']],
    ],
    [
      'no failure that a handler caught',
      pipeline(a, activity('H', after('A', 'Failed'))),
      [ran('A', 'Failed'), ran('H', 'Succeeded')],
      undefined,
    ],
    [
      'a failure with a handler and a branch that needed success',
      pipeline(a, b, activity('H', after('A', 'Failed'))),
      [ran('A', 'Failed'), ran('H', 'Succeeded')],
      [['A'], ['B']],
    ],
    [
      'the handler if the handler fails',
      pipeline(a, activity('H', after('A', 'Failed'))),
      [ran('A', 'Failed'), ran('H', 'Failed', { start: minute(3), end: minute(4) })],
      [['H'], []],
    ],
    [
      'no failure if only a handler was skipped',
      pipeline(a, activity('H', after('A', 'Failed'))),
      [ran('A', 'Succeeded'), ran('H', 'Skipped')],
      undefined,
    ],
    [
      'the failure that skipped an activity, not the one that it handles',
      pipeline(a, activity('Z'), activity('H', after('A', 'Failed'), after('Z', 'Succeeded'))),
      [ran('A', 'Failed'), ran('Z', 'Failed', { start: minute(4), end: minute(5) })],
      [['Z'], ['H']],
    ],
    [
      'the failure that ended first',
      pipeline(a, activity('Z')),
      [ran('A', 'Failed', { end: minute(9) }), ran('Z', 'Failed', { end: minute(3) })],
      [['Z'], []],
    ],
    [
      'no attempt that a retry replaced',
      pipeline(a),
      [ran('A', 'Failed'), ran('A', 'Succeeded', { start: minute(3), retryAttempt: 1 })],
      undefined,
    ],
    [
      'the activity inside the containers',
      pipeline(
        {
          name: 'Each',
          type: 'ForEach',
          typeProperties: {
            activities: [
              {
                name: 'If',
                type: 'IfCondition',
                typeProperties: { ifTrueActivities: [a], ifFalseActivities: [activity('F')] },
              },
            ],
          },
        },
        activity('After', after('Each', 'Succeeded')),
      ),
      [
        ran('Each', 'Failed', { type: 'ForEach', end: minute(5) }),
        ran('If', 'Failed', { type: 'IfCondition', end: minute(4) }),
        ran('A', 'Failed'),
      ],
      [['Each', 'If', 'A'], ['After']],
    ],
    [
      'the container if its condition fails',
      pipeline({ name: 'If', type: 'IfCondition', typeProperties: { ifTrueActivities: [a] } }),
      [ran('If', 'Failed', { type: 'IfCondition' })],
      [['If'], []],
    ],
    [
      'the first failure without a definition',
      undefined,
      [ran('Each', 'Failed', { type: 'ForEach', end: minute(1) }), ran('A', 'TimedOut')],
      [['A'], []],
    ],
    ['activities by names in another case', pipeline(a, b), [ran('a', 'Failed')], [['a'], ['B']]],
    [
      'an end although activities wait for each other',
      pipeline(activity('A', after('B', 'Succeeded')), b, activity('C', after('B', 'Succeeded'))),
      [],
      undefined,
    ],
  ])('finds %s', (_, definition, runs, expected) => {
    expect(explained(definition, ...runs)).toEqual(expected);
  });
});

const key = { tenantId: owner.tenantId, connectorId: 'c1' };
const factory = { subscriptionId: 's', resourceGroup: 'g', name: 'sales' };
const parentRun: PipelineRun = {
  kind: 'pipeline',
  runId: '00000000-0000-4000-8000-000000000001',
  pipeline: 'Parent',
  status: 'Failed',
  start: minute(0),
  end: minute(8),
  lastUpdated: minute(8),
  parameters: [],
};
const childRun: PipelineRun = {
  ...parentRun,
  runId: '00000000-0000-4000-8000-000000000002',
  pipeline: 'Child',
  start: minute(2),
  end: minute(7),
};
const earlier = (run: PipelineRun, status: string, day: number): PipelineRun => ({
  ...run,
  runId: `00000000-0000-4000-8000-0000000000${day}${run.runId.at(-1)}`,
  status,
  start: `2026-01-0${day}T06:00:00.000Z`,
});

/** A parent whose child failed, with two earlier runs of each and a change in between. */
async function failedRuns() {
  const context = syncContext();
  const { runHistoryStore, runHistoryStateStore: states, catalogRows } = context;
  const definitions: Record<string, Json> = {
    [rowKeyOf('pipeline', 'Parent')]: pipeline(
      activity('Start'),
      activity('Report', after('Start', 'Succeeded')),
    ),
    [rowKeyOf('pipeline', 'Child')]: pipeline(activity('Load')),
  };
  const read = catalogRows.get.bind(catalogRows);
  catalogRows.get = async (connector, hash, rowKey) => {
    const body = definitions[rowKey];
    return body === undefined ? read(connector, hash, rowKey) : ({ rowKey, body } as any);
  };
  const runs = [
    parentRun,
    childRun,
    earlier(parentRun, 'Succeeded', 8),
    earlier(childRun, 'Succeeded', 8),
    earlier(childRun, 'Failed', 9),
  ];
  const loaded = await states.load(key, factory);
  const writer = new RunHistoryWriter(
    { ...key, factory },
    loaded,
    states,
    runHistoryStore,
    () => new Date(0),
  );
  await writer.put(runs);
  await writer.putActivities(dayOf(parentRun.start), parentRun.runId, [
    ran('Start', 'Failed', {
      type: 'ExecutePipeline',
      end: minute(8),
      startedRunId: childRun.runId.toUpperCase(),
    }),
  ]);
  await writer.putActivities(dayOf(childRun.start), childRun.runId, [
    ran('Load', 'Failed', {
      start: minute(3),
      end: minute(6),
      error: { code: '2200', type: 'UserError', message: 'The column is missing.' },
    }),
  ]);
  const failedBefore = runs[4]!;
  await writer.putActivities(dayOf(failedBefore.start), failedBefore.runId, [
    ran('Load', 'Failed', { durationMs: 5, error: { code: '2100' } }),
  ]);
  await writer.saveState({
    ...loaded.state,
    days: [...new Set(runs.map(({ start }) => dayOf(start)))].sort().reverse(),
  });
  return context;
}

async function syncWithChange(
  { syncRunStore, changes }: Awaited<ReturnType<typeof failedRuns>>,
  id: string,
  at: string,
  ...names: string[]
) {
  const run = newSyncRun(aConnectedConnector(), { trigger: 'schedule' }, id, new Date(at));
  await syncRunStore.begin(run);
  await syncRunStore.cleanUp(run);
  await changes.record(
    key,
    id,
    factory,
    names.map((name) => ({
      rowKey: rowKeyOf('pipeline', name),
      change: 'changed' as const,
      kind: 'pipeline' as const,
      name,
    })),
  );
}

const explain = (services: any, run: PipelineRun, as = owner) =>
  callEndpoint('explainPipelineRun', {
    params: { connectorId: 'c1', pipelineRunId: runIdOf(factoryHash(factory), run) },
    as,
    services,
  });

describe('the explanation of a pipeline run', () => {
  it('follows started pipelines to the cause', async () => {
    const { services } = await failedRuns();

    const { json } = await explain(services, parentRun);

    expect(
      json.chain.map(({ run, path, skipped }: any) => [
        run.pipeline,
        path.map((each: any) => each.activity),
        skipped,
      ]),
    ).toEqual([
      ['Parent', ['Start'], ['Report']],
      ['Child', ['Load'], []],
    ]);
    expect(json.cause).toMatchObject({
      pipeline: 'Child',
      activity: 'Load',
      errorClass: 'user',
      code: '2200',
    });
    expect(json.gaps).toEqual([]);
  });

  it('shows how the activity went before', async () => {
    const { services } = await failedRuns();

    const { json } = await explain(services, parentRun);

    expect(json.earlierRuns.map(({ status, activity: before }: any) => [status, before])).toEqual([
      ['Failed', { status: 'Failed', durationMs: 5, code: '2100' }],
      ['Succeeded', undefined],
    ]);
  });

  it('lists what changed in its pipelines since the last success', async () => {
    const context = await failedRuns();
    await syncWithChange(context, 's1', '2026-01-07T00:00:00.000Z', 'Parent');
    await syncWithChange(context, 's2', '2026-01-09T00:00:00.000Z', 'Child', 'Other');
    await syncWithChange(context, 's3', minute(30), 'Parent');
    await syncWithChange(context, 's4', minute(40), 'Child');

    const { json } = await explain(context.services, parentRun);

    expect(json.lastSuccess.startedAt).toBe('2026-01-08T06:00:00.000Z');
    expect(json.changes.map(({ syncRunId }: any) => syncRunId)).toEqual(['s3', 's2']);
  });

  it('says what is missing', async () => {
    const context = await failedRuns();
    const failedBefore = earlier(childRun, 'Failed', 9);
    context.catalogRows.get = async () => undefined;
    context.runHistoryStore.getActivities = async (_, runId) =>
      runId === failedBefore.runId ? undefined : [ran('Load', 'Failed', { startedRunId: 'gone' })];

    const [unread, unknown] = [
      await explain(context.services, failedBefore),
      await explain(context.services, parentRun),
    ];

    expect(unread.json).toMatchObject({ gaps: ['activity_runs_not_read'] });
    expect(unread.json.cause).toBeUndefined();
    expect(unknown.json.gaps).toEqual(['pipeline_not_in_catalog', 'started_run_not_found']);
  });

  it('of a run that succeeded has no cause', async () => {
    const { services } = await failedRuns();

    const { json } = await explain(services, earlier(parentRun, 'Succeeded', 8));

    expect(json).toMatchObject({ chain: [{ path: [], skipped: [] }], gaps: [] });
    expect(json.cause).toBeUndefined();
  });

  it('is not shown to another tenant', async () => {
    const { services } = await failedRuns();

    const { status } = await explain(services, parentRun, ownerOfOtherTenant);

    expect(status).toBe(404);
  });
});
