/**
 * Objects of generated factories. They refer to each other by number, so that references resolve.
 */
import type { Json } from '../json';
import type { KindName } from './kinds';

export const nameOf = (kind: KindName, number: number) =>
  `${kind}_${String(number).padStart(5, '0')}`;

const reference = (kind: KindName, type: string, number: number) => ({
  referenceName: nameOf(kind, number),
  type: `${type}Reference`,
});

export interface PipelineShape {
  /** Number of pipelines in the factory. */
  readonly pipelines: number;
  readonly activities: number;
  readonly datasets: number;
}

/** Half of the activities are in a loop, and every tenth pipeline calls the next one. */
export function pipeline(number: number, { pipelines, activities, datasets }: PipelineShape): Json {
  const copies = Array.from({ length: activities }, (_, index) =>
    copyActivity(index + 1, (number * activities + index) % datasets, datasets),
  );
  const half = Math.ceil(copies.length / 2);
  const loop = {
    name: 'For each region',
    type: 'ForEach',
    dependsOn: [],
    typeProperties: {
      items: { value: '@pipeline().parameters.regions', type: 'Expression' },
      activities: copies.slice(half),
    },
  };
  const call = {
    name: 'Next',
    type: 'ExecutePipeline',
    dependsOn: [{ activity: 'For each region', dependencyConditions: ['Succeeded'] }],
    typeProperties: { pipeline: reference('pipeline', 'Pipeline', number + 1) },
  };
  return {
    description: `Pipeline ${number} of ${pipelines}.`,
    activities: [...copies.slice(0, half), loop, ...(number % 10 === 0 ? [call] : [])].slice(
      0,
      number < pipelines ? undefined : half + 1,
    ),
    parameters: { regions: { type: 'array', defaultValue: ['eu', 'us'] } },
    folder: { name: `Area ${number % 7}` },
    annotations: [],
  };
}

const copyActivity = (number: number, from: number, datasets: number): Json => ({
  name: `Copy ${number}`,
  type: 'Copy',
  dependsOn: [],
  policy: { timeout: '0.12:00:00', retry: 1, retryIntervalInSeconds: 30 },
  typeProperties: {
    source: { type: 'AzureSqlSource', queryTimeout: '02:00:00' },
    sink: { type: 'ParquetSink', storeSettings: { type: 'AzureBlobFSWriteSettings' } },
    translator: {
      type: 'TabularTranslator',
      mappings: ['Id', 'Name', 'Amount'].map((column) => ({
        source: { name: column, type: 'String' },
        sink: { name: `${column}_${number}`, type: 'String' },
      })),
    },
  },
  inputs: [reference('dataset', 'Dataset', from + 1)],
  outputs: [reference('dataset', 'Dataset', ((from + 1) % datasets) + 1)],
});

export const dataset = (number: number, linkedServices: number): Json => ({
  linkedServiceName: reference('linkedService', 'LinkedService', (number % linkedServices) + 1),
  type: 'AzureSqlTable',
  schema: [
    { name: 'Id', type: 'int', precision: 10 },
    { name: 'Amount', type: 'decimal', precision: 18, scale: 2 },
  ],
  typeProperties: { schema: 'dbo', table: `Table${number}` },
  annotations: [],
});

export const linkedService = (number: number): Json => ({
  type: 'AzureSqlDatabase',
  typeProperties: { server: `sql-${number}.contoso.example`, database: 'sales' },
  annotations: [],
});

export const dataflow = (number: number): Json => ({
  type: 'MappingDataFlow',
  typeProperties: {
    sources: [{ dataset: reference('dataset', 'Dataset', number), name: 'rows' }],
    sinks: [{ dataset: reference('dataset', 'Dataset', number + 1), name: 'clean' }],
    scriptLines: [
      'source(output(Id as integer, Amount as decimal(18,2))) ~> rows',
      'rows filter(Amount > 0) ~> positive',
      'positive sink() ~> clean',
    ],
  },
});

export const trigger = (number: number, pipelines: number): Json => ({
  type: 'ScheduleTrigger',
  runtimeState: 'Started',
  pipelines: [
    {
      pipelineReference: reference(
        'pipeline',
        'Pipeline',
        ((number - 1) % Math.max(1, pipelines)) + 1,
      ),
    },
  ],
  typeProperties: {
    recurrence: {
      frequency: 'Hour',
      interval: 1,
      startTime: '2024-01-01T00:00:00Z',
      timeZone: 'UTC',
    },
  },
});

export const integrationRuntime = (number: number): Json => ({
  type: 'SelfHosted',
  description: `Nodes at site ${number}.`,
});

export const credential = (number: number): Json => ({
  type: 'ManagedIdentity',
  typeProperties: {
    resourceId: `/subscriptions/c0c0a000-0000-4000-8000-0000000000f1/resourceGroups/rg-identity/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-${number}`,
  },
});

export const managedPrivateEndpoint = (number: number): Json => ({
  privateLinkResourceId: `/subscriptions/c0c0a000-0000-4000-8000-0000000000f1/resourceGroups/rg-lake/providers/Microsoft.Storage/storageAccounts/lake${number}`,
  groupId: 'dfs',
  fqdns: [`lake${number}.dfs.core.windows.net`],
});

export const globalParameters = (length: number): Json =>
  Object.fromEntries(
    Array.from({ length }, (_, index) => [
      nameOf('globalParameter', index + 1),
      { type: 'string', value: `value ${index + 1}` },
    ]),
  );
