/** Generated run history, which is the same for all readers at the same time. */
import { startManager, type ManagerClient } from '../../support/resource-manager';

const day = 86_400_000;

let azure: ManagerClient;
beforeAll(async () => {
  azure = await startManager();
});
afterAll(() => azure.stop());
afterEach(() => azure.clock.shiftTo(0));

const until = new Date();
const window = (days: number, end = until) => ({
  lastUpdatedAfter: new Date(end.getTime() - days * day).toISOString(),
  lastUpdatedBefore: end.toISOString(),
});

const runs = (body: object, kind = 'queryPipelineRuns') =>
  azure.query(`orders-factory/${kind}`, body);

const sorted = (found: any[], field: string) =>
  found.map((each) => each[field]).sort((one, other) => (one < other ? -1 : Number(one > other)));

async function all(body: object, kind?: string): Promise<any[]> {
  const found: any[] = [];
  let continuationToken: string | undefined;
  do {
    const page = await runs({ ...body, continuationToken }, kind);
    found.push(...page.body.value);
    continuationToken = page.body.continuationToken;
  } while (continuationToken);
  return found;
}

describe('pipeline runs', () => {
  it('are hundreds in 45 days, with every status', async () => {
    const first = await runs(window(45));
    const found = await all(window(45));

    expect(first.body.value).toHaveLength(100);
    expect(found.length).toBeGreaterThan(400);
    expect(found.length).toBeLessThan(2_000);
    expect(new Set(found.map(({ runId }) => runId)).size).toBe(found.length);
    expect(new Set(found.map(({ status }) => status))).toEqual(
      new Set(['Succeeded', 'Failed', 'Cancelled', 'InProgress']),
    );
  });

  it('are equal for equal queries', async () => {
    const [one, other] = [await all(window(10)), await all(window(10))];

    expect(one).toEqual(other);
    expect(one.map(({ runStart }) => runStart).reverse()).toEqual(sorted(one, 'runStart'));
  });

  it('have the format of Data Factory', async () => {
    const found = await all(window(20));
    const failed = found.find(({ status }) => status === 'Failed');

    expect(failed).toMatchObject({
      runId: expect.stringMatching(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/),
      runGroupId: expect.any(String),
      pipelineName: expect.stringMatching(/^(Load orders|Tell)$/),
      invokedBy: {
        id: expect.any(String),
        name: expect.any(String),
        invokedByType: expect.any(String),
      },
      durationMs: Date.parse(failed.runEnd) - Date.parse(failed.runStart),
      lastUpdated: failed.runEnd,
      message: expect.stringMatching(/^Operation on target .+ failed: /),
      isLatest: expect.any(Boolean),
    });
  });

  it('finish and appear in a later window', async () => {
    const [running] = (await all(window(2))).filter(({ status }) => status === 'InProgress');
    azure.clock.shiftTo(day);
    const later = new Date(until.getTime() + day);

    const found = await all({
      lastUpdatedAfter: until.toISOString(),
      lastUpdatedBefore: later.toISOString(),
    });

    expect(running).toMatchObject({
      runEnd: null,
      durationMs: null,
      lastUpdated: running.runStart,
    });
    // Which end it has depends on the day.
    expect(found.find(({ runId }) => runId === running.runId)).toMatchObject({
      status: expect.stringMatching(/^(Succeeded|Failed|Cancelled)$/),
      runEnd: expect.any(String),
    });
  });

  it('match all filters of a query', async () => {
    const filters = [
      { operand: 'PipelineName', operator: 'Equals', values: ['load ORDERS'] },
      { operand: 'Status', operator: 'NotIn', values: ['Succeeded', 'InProgress'] },
    ];

    const found = await all({ ...window(45), filters });

    expect(found.length).toBeGreaterThan(0);
    for (const { pipelineName, status } of found) {
      expect(pipelineName).toBe('Load orders');
      expect(['Failed', 'Cancelled']).toContain(status);
    }
  });

  it('exclude superseded runs if only the latest are requested', async () => {
    const everything = await all(window(45));
    const latest = await all({
      ...window(45),
      filters: [{ operand: 'LatestOnly', operator: 'Equals', values: ['true'] }],
    });
    const superseded = everything.find(({ isLatest }) => !isLatest);
    const group = await all({
      ...window(45),
      filters: [{ operand: 'RunGroupId', operator: 'Equals', values: [superseded.runGroupId] }],
    });

    expect(latest.every(({ isLatest }) => isLatest)).toBe(true);
    expect(latest.length).toBeLessThan(everything.length);
    expect(sorted(group, 'isLatest')).toEqual([false, true]);
  });

  it('follow the requested order', async () => {
    const orderBy = [
      { orderBy: 'Status', order: 'ASC' },
      { orderBy: 'RunStart', order: 'DESC' },
    ];

    const found = await all({ ...window(30), orderBy });

    expect(found.map(({ status }) => status)).toEqual(sorted(found, 'status'));
  });

  it('are limited to 45 days', async () => {
    const found = await all(window(90));

    const oldest = Math.min(...found.map(({ lastUpdated }) => Date.parse(lastUpdated)));
    expect(oldest).toBeGreaterThanOrEqual(until.getTime() - 45 * day);
  });

  it('are found by id', async () => {
    const [listed] = await all(window(3));

    const found = await azure.get(`orders-factory/pipelineruns/${listed.runId}`);
    const none = await azure.get('orders-factory/pipelineruns/0');

    expect(found.body).toEqual(listed);
    expect(none).toMatchObject({ status: 404, body: { error: { code: 'PipelineRunNotFound' } } });
  });
});

describe('trigger runs', () => {
  it('are named by the pipeline runs that they started', async () => {
    const [fired] = await all(window(45), 'queryTriggerRuns');
    const [[pipelineName, runId]] = Object.entries<string>(fired.triggeredPipelines) as any;

    const { body } = await azure.get(`orders-factory/pipelineruns/${runId}`);

    expect(fired).toMatchObject({
      triggerName: 'Nightly',
      triggerType: 'ScheduleTrigger',
      status: 'Succeeded',
    });
    expect(body).toMatchObject({
      pipelineName,
      invokedBy: { id: fired.triggerRunId, name: 'Nightly', invokedByType: 'ScheduleTrigger' },
    });
  });
});

describe('activity runs', () => {
  const ofRun = async ({ runId }: any): Promise<any[]> =>
    all(window(46), `pipelineruns/${runId}/queryActivityruns`);

  it('run within their container activity', async () => {
    const found = (await all(window(20))).filter(
      ({ status, pipelineName }) => status === 'Succeeded' && pipelineName === 'Load orders',
    );

    const [run] = found;
    const activities = await ofRun(run);

    expect(new Set(activities.map(({ activityName }) => activityName))).toContain('By kind');
    for (const { activityRunStart, activityRunEnd, pipelineRunId } of activities) {
      expect(pipelineRunId).toBe(run.runId);
      expect(activityRunStart >= run.runStart && activityRunEnd <= run.runEnd).toBe(true);
    }
  });

  it('report rows, bytes, units and billing of a copy', async () => {
    const copy = await find(
      ({ activityType, status }) => activityType === 'Copy' && status === 'Succeeded',
    );

    expect(copy).toMatchObject({
      input: { source: { type: 'SqlSource' } },
      output: {
        rowsCopied: expect.any(Number),
        dataWritten: expect.any(Number),
        usedDataIntegrationUnits: expect.any(Number),
        billingReference: {
          activityType: 'DataMovement',
          billableDuration: [{ unit: 'DIUHours' }],
        },
      },
      error: { errorCode: '' },
    });
  });

  it('have a second attempt after a failed one', async () => {
    // The newest run may still be in its second attempt.
    const retried = await find(
      ({ retryAttempt, status }) => retryAttempt === 1 && status !== 'InProgress',
    );
    const siblings = await ofRun({ runId: retried.pipelineRunId });

    expect(retried.status).toBe('Succeeded');
    expect(siblings).toContainEqual(
      expect.objectContaining({
        activityName: retried.activityName,
        status: 'Failed',
        retryAttempt: null,
      }),
    );
  });

  it('include the error of a failed run', async () => {
    const [run] = (await all(window(45))).filter(({ status }) => status === 'Failed');

    const failed = (await ofRun(run)).filter(({ status }) => status === 'Failed');

    expect(failed.length).toBeGreaterThan(0);
    expect(failed[0].error).toMatchObject({ errorCode: expect.stringMatching(/^\d{4}$/) });
  });

  it('link a called pipeline run to its caller', async () => {
    const call = await find(
      ({ activityType, output }) => activityType === 'ExecutePipeline' && output.pipelineRunId,
    );

    const { body } = await azure.get(`orders-factory/pipelineruns/${call.output.pipelineRunId}`);

    expect(body).toMatchObject({
      pipelineName: 'Tell',
      invokedBy: {
        invokedByType: 'PipelineActivity',
        pipelineRunId: call.pipelineRunId,
        id: call.activityRunId,
      },
    });
  });

  async function find(wanted: (activity: any) => boolean): Promise<any> {
    for (const run of await all(window(20))) {
      const hit = (await ofRun(run)).find(wanted);
      if (hit) return hit;
    }
    throw new Error('No activity run is like that.');
  }
});

describe('an invalid query', () => {
  const filter = (operand: string, values = ['x']) => ({
    filters: [{ operand, operator: 'Equals', values }],
  });

  it.each([
    ['no window', { lastUpdatedAfter: undefined }, /lastUpdatedAfter/],
    ['an invalid time', { lastUpdatedBefore: 'yesterday' }, /lastUpdatedBefore/],
    ['an operand of activities', filter('ActivityName'), /ActivityName/],
    ['two run groups', filter('RunGroupId', ['a', 'b']), /exactly one/],
    ['an unsupported order', { orderBy: [{ orderBy: 'RunGroupId', order: 'ASC' }] }, /RunGroupId/],
    ['an invented token', { continuationToken: 'abc' }, /continuation token/],
  ])('fails with 400 for %s', async (_, change, message) => {
    const response = await runs({ ...window(1), ...change });

    expect(response).toMatchObject({ status: 400, body: { error: { code: 'BadRequest' } } });
    expect(response.body.error.message).toMatch(message);
  });

  it('fails for the token of another query', async () => {
    const { body } = await runs(window(45));

    const response = await runs({ ...window(44), continuationToken: body.continuationToken });

    expect(response.status).toBe(400);
  });
});
