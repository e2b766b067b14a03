/** Factories without files, of any size, for benches: every pipeline copies, loops and calls the next one. */
import type { Json } from './json';
import type { KindName } from './kinds';
import type { SourceFactory, SourceResource } from './source-factory';

export interface GeneratedFactory {
  readonly name: string;
  readonly pipelines?: number;
  /** In each pipeline; half of them inside of a loop. */
  readonly activities?: number;
  readonly datasets?: number;
  readonly linkedServices?: number;
  readonly dataflows?: number;
  readonly triggers?: number;
}

export function generateFactory(options: GeneratedFactory): SourceFactory {
  const { name, pipelines = 0, activities = 4 } = options;
  const { datasets = 0, linkedServices = 0, dataflows = 0, triggers = 0 } = options;
  const copies = copyActivities(activities, Math.max(1, datasets));
  return {
    names: [name],
    folder: 'generated',
    declared: { name, location: 'westeurope', tags: { generated: 'true' } },
    resources: [
      ...many('pipeline', pipelines, (number) => pipeline(copies, number, pipelines)),
      ...many('dataset', datasets, (number) => dataset(number, Math.max(1, linkedServices))),
      ...many('linkedService', linkedServices, linkedService),
      ...many('dataflow', dataflows, dataflow),
      ...many('trigger', triggers, (number) => trigger(number, pipelines)),
    ],
  };
}

function many(
  kind: KindName,
  length: number,
  properties: (number: number) => Json,
): SourceResource[] {
  return Array.from({ length }, (_, index) => ({
    kind,
    name: nameOf(kind, index + 1),
    properties: properties(index + 1),
  }));
}

const nameOf = (kind: KindName, number: number) => `${kind}_${String(number).padStart(5, '0')}`;

const reference = (kind: KindName, type: string, number: number) => ({
  referenceName: nameOf(kind, number),
  type: `${type}Reference`,
});

function pipeline(copies: readonly Json[], number: number, pipelines: number): Json {
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

/** The same objects in every pipeline: a hundred thousand of them cost little memory. */
function copyActivities(length: number, datasets: number): Json[] {
  return Array.from({ length }, (_, index) => ({
    name: `Copy ${index + 1}`,
    type: 'Copy',
    dependsOn: [],
    policy: { timeout: '0.12:00:00', retry: 1, retryIntervalInSeconds: 30 },
    typeProperties: {
      source: { type: 'AzureSqlSource', queryTimeout: '02:00:00' },
      sink: { type: 'ParquetSink', storeSettings: { type: 'AzureBlobFSWriteSettings' } },
    },
    inputs: [reference('dataset', 'Dataset', (index % datasets) + 1)],
    outputs: [reference('dataset', 'Dataset', ((index + 1) % datasets) + 1)],
  }));
}

const dataset = (number: number, linkedServices: number): Json => ({
  linkedServiceName: reference('linkedService', 'LinkedService', (number % linkedServices) + 1),
  type: 'AzureSqlTable',
  schema: [
    { name: 'Id', type: 'int', precision: 10 },
    { name: 'Amount', type: 'decimal', precision: 18, scale: 2 },
  ],
  typeProperties: { schema: 'dbo', table: `Table${number}` },
  annotations: [],
});

const linkedService = (number: number): Json => ({
  type: 'AzureSqlDatabase',
  typeProperties: { server: `sql-${number}.contoso.example`, database: 'sales' },
  annotations: [],
});

const dataflow = (number: number): Json => ({
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

const trigger = (number: number, pipelines: number): Json => ({
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
