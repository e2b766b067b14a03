/** Extraction of runs. Canaries are wherever Data Factory may return data or secrets. */
import {
  extractActivityRun,
  extractPipelineRun,
  extractTriggerRun,
} from '../../functions/run-history/run-extraction';
import { redactMessage } from '../../functions/run-history/sensitive-data';
import { dayOfKey, parseRunId, runIdOf, runKey } from '../../functions/run-history/run';

const canary = 'CANARY';
const start = '2026-01-15T12:00:00.0000000Z';
const pipelineRun = {
  id: '/subscriptions/s',
  runId: 'r-1',
  runGroupId: 'g-1',
  pipelineName: 'Load',
  parameters: { day: canary, password: canary },
  invokedBy: { id: canary, name: `${canary}@contoso.com`, invokedByType: 'Manual' },
  runStart: start,
  runEnd: '2026-01-15T12:01:00Z',
  durationMs: 60_000,
  status: 'Failed',
  message: `Login failed for ada.${canary}@contoso.com with AccountKey=${canary}; at https://x/?sig=${canary}`,
  lastUpdated: '2026-01-15T12:01:00Z',
  annotations: [canary],
  runDimension: { who: canary },
  isLatest: true,
};

const activityRun = {
  activityRunId: 'a-1',
  activityName: 'Copy',
  activityType: 'Copy',
  pipelineName: 'Load',
  pipelineRunId: 'r-1',
  linkedServiceName: 'Lake',
  status: 'Failed',
  activityRunStart: start,
  activityRunEnd: '2026-01-15T12:01:00Z',
  durationMs: 60_000,
  retryAttempt: 1,
  input: { source: { query: canary }, headers: { authorization: canary } },
  output: {
    rowsRead: 7,
    dataRead: 700,
    usedDataIntegrationUnits: 4,
    firstRow: { name: canary },
    value: [{ name: canary }],
    Response: canary,
    rowsCopied: canary,
    errors: [{ Message: canary }],
    durationInQueue: { integrationRuntimeQueue: 3 },
    effectiveIntegrationRuntime: 'AutoResolveIntegrationRuntime (West Europe)',
    pipelineRunId: canary,
    billingReference: {
      activityType: 'DataMovement',
      billableDuration: [{ meterType: 'AzureIR', duration: 0.5, unit: 'DIUHours', note: canary }],
    },
  },
  error: {
    errorCode: '2200',
    failureType: 'UserError',
    message: `Password=${canary}; bearer ${canary}${canary}${canary}${canary}`,
    target: 'Copy',
    details: canary,
  },
  userProperties: { secret: canary },
};
const open = () => false;

describe('run extraction', () => {
  it('extracts times, status and parameter names of a pipeline run', () => {
    const run = extractPipelineRun(pipelineRun, redactMessage);

    expect(run).toMatchObject({
      kind: 'pipeline',
      runId: 'r-1',
      groupId: 'g-1',
      pipeline: 'Load',
      start: '2026-01-15T12:00:00.000Z',
      status: 'Failed',
      parameters: ['day', 'password'],
      invokedBy: { type: 'Manual' },
    });
    expect(JSON.stringify(run)).not.toContain(canary);
  });

  it('extracts the pipeline that started a run', () => {
    const invokedBy = {
      id: 'x',
      name: 'Execute',
      invokedByType: 'PipelineActivity',
      pipelineName: 'Outer',
      pipelineRunId: 'r-0',
    };

    expect(extractPipelineRun({ ...pipelineRun, invokedBy }, redactMessage)!.invokedBy).toEqual({
      type: 'PipelineActivity',
      name: 'Execute',
      id: 'x',
      pipeline: 'Outer',
      pipelineRunId: 'r-0',
    });
  });

  it('extracts metrics, meters and error of an activity, but no data', () => {
    const run = extractActivityRun(activityRun, redactMessage, open);

    expect(run).toMatchObject({
      activity: 'Copy',
      retryAttempt: 1,
      linkedService: 'Lake',
      metrics: { rowsRead: 7, dataRead: 700, usedDataIntegrationUnits: 4, queueDuration: 3 },
      billing: {
        activityType: 'DataMovement',
        meters: [{ meter: 'AzureIR', duration: 0.5, unit: 'DIUHours' }],
      },
      error: { code: '2200', type: 'UserError' },
    });
    expect(JSON.stringify(run)).not.toContain(canary);
  });

  it('omits output and message of a secure activity', () => {
    const run = extractActivityRun(activityRun, redactMessage, (name) => name === 'Copy');

    expect(run).toMatchObject({ error: { code: '2200', type: 'UserError' }, durationMs: 60_000 });
    expect(run).not.toHaveProperty('metrics');
    expect(run!.error).not.toHaveProperty('message');
  });

  it('extracts the pipeline runs that a trigger started', () => {
    const run = extractTriggerRun(
      {
        triggerName: 'Nightly',
        triggerRunId: '08585CU27',
        triggerType: 'ScheduleTrigger',
        triggerRunTimestamp: start,
        status: 'Succeeded',
        message: null,
        properties: { TriggerTime: canary },
        triggeredPipelines: { Load: 'r-1', Odd: { no: canary } },
      },
      redactMessage,
    );

    expect(run).toMatchObject({ trigger: 'Nightly', started: { Load: 'r-1' } });
    expect(JSON.stringify(run)).not.toContain(canary);
  });

  it.each([
    null,
    'text',
    [],
    {},
    { ...pipelineRun, runStart: null },
    { ...pipelineRun, runId: '../x' },
  ])('returns undefined for %j', (raw) => {
    expect(extractPipelineRun(raw, redactMessage)).toBeUndefined();
  });

  it.each([null, 7, 'x', []])('accepts %j in place of every object of an activity run', (odd) => {
    const raw = { ...activityRun, output: odd, error: odd, retryAttempt: odd };

    expect(extractActivityRun(raw, redactMessage, open)).toMatchObject({ runId: 'a-1' });
  });
});

describe('run keys', () => {
  const at = (time: string) => ({ kind: 'pipeline' as const, start: time, runId: 'r' });

  it('sort newer runs first', () => {
    expect(runKey(at('2026-01-15T12:00:00.001Z')) < runKey(at('2026-01-15T12:00:00.000Z'))).toBe(
      true,
    );
  });

  it('are parsed from the id of a run', () => {
    const run = extractPipelineRun(pipelineRun, redactMessage)!;
    const factory = 'f'.repeat(32);

    expect(parseRunId(runIdOf(factory, run))).toEqual({
      factory,
      key: runKey(run),
      day: '20260115',
    });
  });

  it.each(['', 'x', '../x', '9999999999999999999|r|s', `${'9'.repeat(25)}|r`])(
    'have no day if they are %j',
    (key) => {
      expect(dayOfKey(key)).toBeUndefined();
    },
  );
});
