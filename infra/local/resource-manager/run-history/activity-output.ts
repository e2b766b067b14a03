/** Generated outputs of activities: rows, bytes, durations, billing and plausible errors. */
import { inner, isJson, textOf, type Json } from '../json';
import { seededRandom, type SeededRandom } from './seeded-random';
import type { ActivityStep } from './timeline';

/** Settings of the activity, without nested activities. */
export function inputOf({ activity }: ActivityStep): Json {
  const settings = inner(activity, 'typeProperties');
  const nested = ['activities', 'cases'];
  return Object.fromEntries(
    Object.entries(settings).filter(
      ([key]) => !nested.includes(key) && !key.endsWith('Activities'),
    ),
  );
}

export function outputOf(step: ActivityStep, calledRunId: string | undefined): Json {
  const random = seededRandom(step.key);
  const seconds = Math.max(1, Math.round((step.end - step.start) / 1_000));
  switch (step.type) {
    case 'Copy':
      return copyOutput(step, seconds, random);
    case 'Lookup':
      return { count: 2, value: lookupRows(random), ...managedBilling(seconds) };
    case 'GetMetadata':
      return { exists: true, itemName: 'landing', ...managedBilling(seconds) };
    case 'Delete':
      return { filesDeleted: random.between(1, 40), ...managedBilling(seconds) };
    case 'ExecuteDataFlow':
      return dataFlowOutput(step, seconds, random);
    case 'ExecutePipeline':
      return calledRunId === undefined ? {} : { pipelineRunId: calledRunId };
    case 'ForEach':
    case 'IfCondition':
    case 'Switch':
    case 'Until':
    case 'SetVariable':
    case 'AppendVariable':
    case 'Filter':
    case 'Wait':
    case 'Fail':
      return {};
    default:
      return { effectiveIntegrationRuntime: cloudRuntime, ...managedBilling(seconds) };
  }
}

const cloudRuntime = 'AutoResolveIntegrationRuntime (West Europe)';

function copyOutput(step: ActivityStep, seconds: number, random: SeededRandom): Json {
  const rows = random.between(10, 250_000);
  const bytes = rows * random.between(40, 400);
  const units = random.pick([4, 4, 4, 8, 16])!;
  const queued = Math.min(seconds - 1, random.between(0, 5));
  const transferred = Math.max(1, seconds - queued);
  const hours = Number(((units * seconds) / 3_600).toFixed(4));
  const ends = { source: endOf(step, 'source'), sink: endOf(step, 'sink') };
  return {
    dataRead: bytes,
    dataWritten: bytes,
    rowsRead: rows,
    rowsCopied: rows,
    sourcePeakConnections: 1,
    sinkPeakConnections: 2,
    copyDuration: seconds,
    throughput: Number((bytes / 1_024 / transferred).toFixed(3)),
    errors: [],
    effectiveIntegrationRuntime: cloudRuntime,
    usedDataIntegrationUnits: units,
    billingReference: billing('DataMovement', hours, 'DIUHours'),
    usedParallelCopies: 1,
    executionDetails: [
      {
        ...ends,
        status: step.outcome,
        start: new Date(step.start).toISOString(),
        duration: seconds,
        usedDataIntegrationUnits: units,
        usedParallelCopies: 1,
        profile: {
          queue: { status: 'Completed', duration: queued },
          transfer: { status: 'Completed', duration: transferred },
        },
        detailedDurations: { queuingDuration: queued, transferDuration: transferred },
      },
    ],
    dataConsistencyVerification: { VerificationResult: 'NotVerified' },
    durationInQueue: { integrationRuntimeQueue: queued },
  };
}

const endOf = ({ activity }: ActivityStep, end: 'source' | 'sink') => ({
  type: textOf(inner(inner(activity, 'typeProperties'), end)['type']).replace(/(Source|Sink)$/, ''),
});

/** Rows of a customer's table. The product must not store them. */
const lookupRows = (random: SeededRandom) => [
  { Id: random.between(1, 999), Customer: 'Ada Lovelace', Watermark: '2024-01-31T00:00:00Z' },
  { Id: random.between(1, 999), Customer: 'Edgar Codd', Watermark: '2024-02-29T00:00:00Z' },
];

function dataFlowOutput({ activity }: ActivityStep, seconds: number, random: SeededRandom): Json {
  const compute = inner(inner(activity, 'typeProperties'), 'compute');
  const cores = isJson(compute) ? Number(compute['coreCount'] ?? 8) : 8;
  const rows = random.between(10, 90_000);
  return {
    runStatus: {
      computeAcquisitionDuration: random.between(500, 90_000),
      version: '20240115.1',
      metrics: {
        sink: { rowsWritten: rows, sinkProcessingTime: seconds * 700, format: 'parquet' },
      },
    },
    effectiveIntegrationRuntime: cloudRuntime,
    billingReference: {
      activityType: 'executedataflow',
      billableDuration: [
        {
          meterType: 'General',
          duration: Number(((cores * seconds) / 3_600).toFixed(4)),
          unit: 'coreHour',
        },
      ],
    },
    reportLineageToPurview: { status: 'NotReported' },
  };
}

const managedBilling = (seconds: number) => ({
  billingReference: billing('PipelineActivity', Number((seconds / 3_600).toFixed(4)), 'Hours'),
  durationInQueue: { integrationRuntimeQueue: 0 },
});

function billing(activityType: string, duration: number, unit: string): Json {
  const meter = { meterType: 'AzureIR', duration, unit };
  return { activityType, billableDuration: [meter], totalBillableDuration: [meter] };
}

export const noError = (target: string) => ({
  errorCode: '',
  message: '',
  failureType: '',
  target,
  details: '',
});

export function errorOf({ key, name }: ActivityStep): Json {
  const [errorCode, failureType, message] = seededRandom(`${key} error`).pick(errors)!;
  return { errorCode, message, failureType, target: name, details: [] };
}

const errors = [
  [
    '2200',
    'UserError',
    "ErrorCode=SqlFailedToConnect,'Type=Microsoft.DataTransfer.Common.Shared.HybridDeliveryException,Message=Cannot connect to SQL Database. Please contact SQL server team for further support.'",
  ],
  [
    '2108',
    'UserError',
    "Error calling the endpoint 'https://api.contoso.example'. Response status code: '503 - Service Unavailable'.",
  ],
  [
    '2011',
    'UserError',
    "ErrorCode=AdlsGen2OperationFailed,Message=ADLS Gen2 operation failed for: Operation returned an invalid status code 'Forbidden'.",
  ],
  ['2100', 'SystemError', 'The integration runtime was not available in time.'],
] as const;
