/**
 * Rules of OpenLineage 2-0-2 and of the facets that the product sends, restated without prose from the
 * published JSON schemas (https://openlineage.io/spec/2-0-2/OpenLineage.json and
 * https://openlineage.io/spec/facets/, Apache License 2.0). Each is found by its published `$id`.
 */
type Schema = Readonly<Record<string, unknown>>;

const text = { type: 'string' };
const integer = { type: 'integer' };
const time = { type: 'string', format: 'date-time' };
const uri = { type: 'string', format: 'uri' };
const uuid = { type: 'string', format: 'uuid' };
const list = (items: Schema): Schema => ({ type: 'array', items });
const object = (properties: Schema, ...required: string[]): Schema => ({
  type: 'object',
  properties,
  ...(required.length > 0 && { required }),
});
const ref = (name: string): Schema => ({ $ref: `#/$defs/${name}` });
const mapOf = (name: string): Schema =>
  object({ facets: { type: 'object', additionalProperties: ref(name) } });

const deletable = { allOf: [ref('BaseFacet'), object({ _deleted: { type: 'boolean' } })] };
const facetsMember = (member: string, name: string): Schema =>
  object({ [member]: { type: 'object', additionalProperties: ref(name) } });

const core: Schema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  $id: 'https://openlineage.io/spec/2-0-2/OpenLineage.json',
  $defs: {
    BaseEvent: object(
      { eventTime: time, producer: uri, schemaURL: uri },
      'eventTime',
      'producer',
      'schemaURL',
    ),
    RunEvent: {
      allOf: [
        ref('BaseEvent'),
        object(
          {
            eventType: {
              type: 'string',
              enum: ['START', 'RUNNING', 'COMPLETE', 'ABORT', 'FAIL', 'OTHER'],
            },
            run: ref('Run'),
            job: ref('Job'),
            inputs: list(ref('InputDataset')),
            outputs: list(ref('OutputDataset')),
          },
          'run',
          'job',
        ),
      ],
    },
    DatasetEvent: {
      allOf: [
        ref('BaseEvent'),
        {
          ...object({ dataset: ref('StaticDataset') }, 'dataset'),
          not: { required: ['job', 'run'] },
        },
      ],
    },
    JobEvent: {
      allOf: [
        ref('BaseEvent'),
        {
          ...object(
            {
              job: ref('Job'),
              inputs: list(ref('InputDataset')),
              outputs: list(ref('OutputDataset')),
            },
            'job',
          ),
          not: { required: ['run'] },
        },
      ],
    },
    Run: { allOf: [object({ runId: uuid }, 'runId'), mapOf('RunFacet')] },
    Job: {
      allOf: [object({ namespace: text, name: text }, 'namespace', 'name'), mapOf('JobFacet')],
    },
    Dataset: {
      allOf: [object({ namespace: text, name: text }, 'namespace', 'name'), mapOf('DatasetFacet')],
    },
    StaticDataset: { type: 'object', allOf: [ref('Dataset')] },
    InputDataset: {
      type: 'object',
      allOf: [ref('Dataset'), facetsMember('inputFacets', 'InputDatasetFacet')],
    },
    OutputDataset: {
      type: 'object',
      allOf: [ref('Dataset'), facetsMember('outputFacets', 'OutputDatasetFacet')],
    },
    RunFacet: { type: 'object', allOf: [ref('BaseFacet')] },
    InputDatasetFacet: { type: 'object', allOf: [ref('BaseFacet')] },
    OutputDatasetFacet: { type: 'object', allOf: [ref('BaseFacet')] },
    JobFacet: { type: 'object', ...deletable },
    DatasetFacet: { type: 'object', ...deletable },
    BaseFacet: object({ _producer: uri, _schemaURL: uri }, '_producer', '_schemaURL'),
  },
  oneOf: [ref('DatasetEvent'), ref('JobEvent'), ref('RunEvent')],
};

const facet = (
  name: string,
  version: string,
  kind: 'Run' | 'Job' | 'Dataset' | 'InputDataset' | 'OutputDataset',
  rules: Schema,
  more: Schema = {},
): Schema => ({
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  $id: `https://openlineage.io/spec/facets/${version}/${name}.json`,
  $defs: {
    [name]: {
      type: 'object',
      allOf: [
        { $ref: `https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/${kind}Facet` },
        rules,
      ],
    },
    ...more,
  },
});

const jobName = object({ namespace: text, name: text }, 'namespace', 'name');
const runId = object({ runId: uuid }, 'runId');
const statistics = object({ rowCount: integer, size: integer, fileCount: integer });

export const openLineageSchemas: readonly Schema[] = [
  core,
  facet(
    'JobTypeJobFacet',
    '2-0-3',
    'Job',
    object(
      { processingType: text, integration: text, jobType: text },
      'processingType',
      'integration',
    ),
  ),
  facet(
    'DocumentationJobFacet',
    '1-1-0',
    'Job',
    object({ description: text, contentType: text }, 'description'),
  ),
  facet(
    'DocumentationDatasetFacet',
    '1-1-0',
    'Dataset',
    object({ description: text, contentType: text }, 'description'),
  ),
  facet('SQLJobFacet', '1-1-0', 'Job', object({ query: text, dialect: text }, 'query')),
  facet(
    'SourceCodeJobFacet',
    '1-0-1',
    'Job',
    object({ language: text, sourceCode: text }, 'language', 'sourceCode'),
  ),
  facet(
    'SchemaDatasetFacet',
    '1-1-1',
    'Dataset',
    object({ fields: list(ref('SchemaDatasetFacetFields')) }),
    {
      SchemaDatasetFacetFields: object(
        {
          name: text,
          type: text,
          description: text,
          fields: list(ref('SchemaDatasetFacetFields')),
        },
        'name',
      ),
    },
  ),
  facet(
    'ColumnLineageDatasetFacet',
    '1-2-0',
    'Dataset',
    object(
      {
        fields: {
          type: 'object',
          additionalProperties: object(
            {
              inputFields: list(ref('InputField')),
              transformationDescription: text,
              transformationType: text,
            },
            'inputFields',
          ),
        },
        dataset: list(ref('InputField')),
      },
      'fields',
    ),
    {
      InputField: object(
        {
          namespace: text,
          name: text,
          field: text,
          transformations: list(
            object(
              { type: text, subtype: text, description: text, masking: { type: 'boolean' } },
              'type',
            ),
          ),
        },
        'namespace',
        'name',
        'field',
      ),
    },
  ),
  facet('InputStatisticsInputDatasetFacet', '1-0-0', 'InputDataset', statistics),
  facet('OutputStatisticsOutputDatasetFacet', '1-0-2', 'OutputDataset', statistics),
  facet(
    'ParentRunFacet',
    '1-1-0',
    'Run',
    object(
      { run: runId, job: jobName, root: object({ run: runId, job: jobName }, 'run', 'job') },
      'run',
      'job',
    ),
  ),
  facet(
    'NominalTimeRunFacet',
    '1-0-1',
    'Run',
    object({ nominalStartTime: time, nominalEndTime: time }, 'nominalStartTime'),
  ),
  facet(
    'ErrorMessageRunFacet',
    '1-0-1',
    'Run',
    object(
      { message: text, programmingLanguage: text, stackTrace: text },
      'message',
      'programmingLanguage',
    ),
  ),
];
