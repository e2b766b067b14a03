/** Mistakes that other catalogs are known for, and changes that are computed alone. */
import fc from 'fast-check';
import type { Json } from '../../functions/data-factory/json';
import {
  copy,
  dataset,
  expression,
  lineageOf,
  reference,
  sampleDocuments,
  type Documents,
} from '../support/lineage';

const fileAt = (path: Json) => dataset('File', { path });
const tableOf = (value: Json) => dataset('AnyTable', { table: value });
const pipeline = (name: string, activities: Json[], parameters: Json = {}) => ({
  name,
  properties: { parameters, activities },
});
const call = (name: string, callee: string, parameters: Json = {}) => ({
  name,
  type: 'ExecutePipeline',
  typeProperties: { pipeline: reference('Pipeline', callee), parameters },
});
const expressionLike =
  /@\{|@dataset\(|@pipeline\(|@item\(|\{'value'|\[object Object\]|\[redacted\]/;

describe('lineage', () => {
  it('has no expression in a name (rule 2)', async () => {
    const names = [
      expression('@dataset().x'),
      expression("@concat('@', '{x}')"),
      { a: 1 },
      "it's @{",
      expression("@{activity('L').output}"),
      expression('@json(\'{"value":"x"}\')'),
    ];

    const { assets } = await lineageOf(
      sampleDocuments(names.map((name, n) => copy(`C${n}`, tableOf(name), fileAt(name)))),
    );

    expect(assets.filter(({ namespace, name }) => expressionLike.test(namespace + name))).toEqual(
      [],
    );
    expect(assets.length).toBeGreaterThan(names.length);
  });

  it('keeps server, database, schema and file system (rule 3)', async () => {
    const lineage = await lineageOf(sampleDocuments([copy('C', dataset('Orders'), fileAt('x'))]));

    expect(lineage.pairs()).toEqual([
      'mssql://srv.database.windows.net:1433/dwh.sales.Orders → abfss://raw@lake.dfs.core.windows.net/in/x/data.csv',
    ]);
  });

  it('never shows the name of a dataset as a table (rule 4)', async () => {
    const nameless = {
      name: 'Nameless',
      properties: { type: 'AzureSqlTable', linkedServiceName: reference('LinkedService', 'Sql') },
    };

    const { assets } = await lineageOf(
      sampleDocuments([copy('C', dataset('Nameless'), fileAt('x'))], { dataset: [nameless] }),
    );

    expect(assets.find(({ type }) => type === 'AzureSqlDatabase')).toMatchObject({
      kind: 'template',
      name: 'dwh.dbo.{table}',
    });
  });

  it('finds activities at any depth (rule 5)', async () => {
    const nested = Array.from({ length: 6 }).reduce<Json>(
      (inner, _, n) => ({
        name: `U${n}`,
        type: 'Until',
        typeProperties: { activities: [inner] },
      }),
      copy('C', dataset('Orders'), fileAt('x')),
    );

    const lineage = await lineageOf(sampleDocuments([nested]));

    expect(lineage.ends()[0]).toMatch(/^Load\/U5\/U4\/U3\/U2\/U1\/U0\/C reads/);
  });

  it('links data flows by reference, not by name (rule 6)', async () => {
    const flow = (name: string, table: string) => ({
      name,
      properties: {
        type: 'MappingDataFlow',
        typeProperties: {
          sources: [{ name: 'A', dataset: tableOf(table) }],
          sinks: [{ name: 'Out', dataset: dataset('Orders') }],
          script: 'source() ~> A A sink() ~> Out',
        },
      },
    });
    const activity = {
      name: 'Same',
      type: 'ExecuteDataFlow',
      typeProperties: { DataFlow: reference('DataFlow', 'Other') },
    };
    const dataFlow = [flow('Same', 'Wrong'), flow('Other', 'Right')];

    const lineage = await lineageOf(sampleDocuments([activity], { dataFlow }));

    expect(lineage.pairs().join()).toContain('dwh.stage.Right');
    expect(lineage.pairs().join()).not.toContain('Wrong');
  });

  it('leaves the ends of a called pipeline as they are (rule 7)', async () => {
    const called = pipeline('Called', [copy('C', dataset('Orders'), fileAt('x'))]);

    const alone = await lineageOf({ ...sampleDocuments([]), pipeline: [called] });
    const both = await lineageOf(sampleDocuments([call('Call', 'Called')], { pipeline: [called] }));

    expect(both.ends()).toEqual(alone.ends());
  });

  it('binds the parameters of tumbling windows (rule 8)', async () => {
    const trigger = {
      name: 'Window',
      properties: {
        type: 'TumblingWindowTrigger',
        pipeline: {
          pipelineReference: reference('Pipeline', 'P'),
          parameters: { t: 'Windowed' },
        },
      },
    };
    const bound = pipeline('P', [
      copy('C', tableOf(expression('@pipeline().parameters.t')), fileAt('x')),
    ]);

    const lineage = await lineageOf(sampleDocuments([], { pipeline: [bound], trigger: [trigger] }));

    expect(lineage.pairs().join()).toContain('stage.Windowed');
  });

  it('passes parameters on to a data flow (rule 9)', async () => {
    const flow = {
      name: 'Flow',
      properties: {
        type: 'MappingDataFlow',
        typeProperties: {
          sources: [{ name: 'A', linkedService: reference('LinkedService', 'Lake') }],
          sinks: [{ name: 'Out', dataset: dataset('Orders') }],
          script:
            "parameters{ folder as string }\nsource(fileSystem: 'raw', folderPath: ($folder), format: 'parquet') ~> A\nA sink() ~> Out",
        },
      },
    };
    const activity = {
      name: 'E',
      type: 'ExecuteDataFlow',
      typeProperties: {
        dataFlow: { ...reference('DataFlow', 'Flow'), parameters: { folder: "'in/today'" } },
      },
    };

    const lineage = await lineageOf(sampleDocuments([activity], { dataFlow: [flow] }));

    expect(lineage.pairs()[0]).toMatch(/^abfss:\/\/raw@lake\.dfs\.core\.windows\.net\/in\/today →/);
  });

  it('drops a template when its name becomes known (rule 10)', async () => {
    const documents = (value: Json) => sampleDocuments([copy('C', tableOf(value), fileAt('x'))]);
    const before = documents(expression("@variables('t')"));
    const { units } = await lineageOf(before);

    const after = await lineageOf(documents('Known'), { units, documents: before });

    expect(after.assets.map(({ kind }) => kind)).toEqual(['asset', 'asset']);
  });

  it('shows no connection string, and V2 types like V1 (rule 12)', async () => {
    const service = (type: string) => ({
      linkedService: [
        { name: 'Other', properties: { type, typeProperties: { server: 'h', database: 'd', password: 'geheim1!' } } },
      ],
      dataset: [
        {
          name: 'There',
          properties: {
            type: 'PostgreSqlTable',
            linkedServiceName: reference('LinkedService', 'Other'),
            typeProperties: { schema: 's', table: 't' },
          },
        },
      ],
    }); // prettier-ignore
    const idOf = async (type: string) => {
      const documents = sampleDocuments(
        [copy('C', dataset('There'), dataset('There'))],
        service(type),
      );
      return (await lineageOf(documents)).assets[0];
    };

    expect(await idOf('PostgreSqlV2')).toEqual(await idOf('PostgreSql'));
    expect(JSON.stringify(await idOf('PostgreSqlV2'))).not.toContain('geheim');
  });

  it('marks deactivated activities and keeps their ends', async () => {
    const inactive = {
      ...(copy('C', dataset('Orders'), fileAt('x')) as object),
      state: 'Inactive',
    };

    const [activity] = (await lineageOf(sampleDocuments([inactive]))).activities();

    expect(activity).toMatchObject({ inactive: true, ends: [{}, {}] });
  });

  it('reads a change data capture with its columns', async () => {
    const connection = {
      type: 'linkedservicetype',
      linkedService: reference('LinkedService', 'Sql'),
    };
    const capture = {
      name: 'Cdc',
      properties: {
        SourceConnectionsInfo: [{ sourceEntities: [{ name: 'a.S' }], connection }],
        targetConnectionsInfo: [
          {
            targetEntities: [
              { name: 'raw/shop/orders' },
              {
                name: 'Delta',
                properties: {
                  dslConnectorProperties: [
                    { name: 'fileSystem', value: 'raw' },
                    { name: 'folderPath', value: 'delta/orders' },
                  ],
                },
              },
            ],
            connection: { linkedService: reference('LinkedService', 'Lake') },
          },
          {
            targetEntities: [{ name: 'b.T' }],
            connection,
            dataMapperMappings: [
              {
                sourceEntityName: 'a.S',
                targetEntityName: 'b.T',
                attributeMappingInfo: {
                  attributeMappings: [
                    { name: 'y', attributeReference: { name: 'x', entity: 'a.S' } },
                  ],
                },
              },
            ],
          },
        ],
      },
    };

    const lineage = await lineageOf(sampleDocuments([], { changeDataCapture: [capture] }));

    expect(lineage.pairs()).toEqual([
      'mssql://srv.database.windows.net:1433/dwh.a.S → mssql://srv.database.windows.net:1433/dwh.b.T',
    ]);
    expect(lineage.columns()).toEqual(['x → y']);
    expect(lineage.ends().filter((end) => end.includes('abfss'))).toEqual([
      'Cdc/ writes abfss://raw@lake.dfs.core.windows.net/shop/orders',
      'Cdc/ writes abfss://raw@lake.dfs.core.windows.net/delta/orders',
    ]);
  });

  it('shows fifty bindings and counts the rest', async () => {
    const calls = Array.from({ length: 60 }, (_, n) => call(`Call${n}`, 'P', { t: `T${n}` }));
    const bound = pipeline('P', [
      copy('C', tableOf(expression('@pipeline().parameters.t')), fileAt('x')),
    ]);

    const lineage = await lineageOf(sampleDocuments(calls, { pipeline: [bound] }));

    const [activity] = lineage.activities();
    expect(activity!.ends.filter(({ kind }) => kind === 'reads')).toHaveLength(50);
    expect(activity!.omitted).toBeGreaterThan(0);
  });
});

describe('a change', () => {
  const parameter = { t: { type: 'string', defaultValue: 'D' } };
  const documents = (change: {
    table?: string;
    argument?: Json;
    global?: string;
    more?: Json[];
  }): Documents => ({
    ...sampleDocuments([call('Call', 'Middle', { t: change.argument ?? 'X' })]),
    pipeline: [
      pipeline('Load', [call('Call', 'Middle', { t: change.argument ?? 'X' })]),
      pipeline(
        'Middle',
        [call('Next', 'Last', { t: expression('@pipeline().parameters.t') })],
        parameter,
      ),
      pipeline(
        'Last',
        [copy('C', tableOf(expression('@pipeline().parameters.t')), fileAt('x'))],
        parameter,
      ),
      pipeline('Aside', [copy('C', dataset('Orders'), fileAt('y'))]),
      pipeline('Global', [
        copy('C', dataset('Orders'), fileAt(expression('@pipeline().globalParameters.env'))),
      ]),
      ...(change.more ?? []),
    ],
    globalParameter: [
      {
        properties: {
          globalParameters: { env: { type: 'String', value: change.global ?? 'dev' } },
        },
      },
    ],
    dataset: sampleDocuments([]).dataset!.map((each) =>
      change.table === undefined || !JSON.stringify(each).includes('"Orders"')
        ? each
        : (JSON.parse(
            JSON.stringify(each).replace('"table":"Orders"', `"table":"${change.table}"`),
          ) as Json),
    ),
  });
  const afterwards = async (change: Parameters<typeof documents>[0]) => {
    const before = documents({});
    const { units } = await lineageOf(before);
    return lineageOf(documents(change), { units, documents: before });
  };

  it.each<[string, Parameters<typeof documents>[0], string[]]>([
    ['nothing', {}, []],
    ['a dataset', { table: 'Renamed' }, ['pipeline|aside', 'pipeline|global']],
    ['a global parameter', { global: 'prod' }, ['pipeline|global']],
    ['an argument', { argument: 'Y' }, ['pipeline|last', 'pipeline|load', 'pipeline|middle']],
    [
      'a new caller',
      { more: [pipeline('New', [call('A', 'Last', { t: 'Z' })])] },
      ['pipeline|last', 'pipeline|new'],
    ],
    ['a cycle', { more: [pipeline('New', [call('A', 'New')])] }, ['pipeline|new']],
  ])('of %s computes what depends on it', async (_, change, expected) => {
    const lineage = await afterwards(change);

    expect(lineage.computed).toEqual(expected);
    expect([...lineage.units.values()].toSorted(byKey)).toEqual(
      [...(await lineageOf(documents(change))).units.values()].toSorted(byKey),
    );
  });
  const byKey = (one: { rowKey: string }, other: { rowKey: string }) =>
    one.rowKey < other.rowKey ? -1 : 1;

  it('does not pass parameters on within a cycle', async () => {
    const pipelines = [
      pipeline('A', [call('B', 'B', { t: 'a' })], parameter),
      pipeline(
        'B',
        [
          call('A', 'A', { t: 'b' }),
          copy('C', tableOf(expression('@pipeline().parameters.t')), fileAt('x')),
        ],
        parameter,
      ),
    ];

    const lineage = await lineageOf({ ...sampleDocuments([]), pipeline: pipelines });

    expect(lineage.pairs().join()).toContain('stage.D');
    expect(lineage.warnings).toContain(
      'The pipeline calls itself, possibly through other pipelines.',
    );
  });
});

describe('any JSON as a factory', () => {
  it('never throws and never yields an expression as a name', async () => {
    const leaf = fc.oneof(
      fc.constantFrom<Json>(
        '@dataset().x', '@{pipeline().parameters.a}', '@item()', "@activity('C').output", '@concat(',
        'select * from t', null, 1, true, '', 'a/b', '[object Object]', '\ud800', 'SELECT',
      ),
      fc.string({ maxLength: 6 }),
    ); // prettier-ignore
    const key = fc.constantFrom(
      'name', 'type', 'typeProperties', 'value', 'referenceName', 'parameters', 'inputs', 'outputs',
      'dataset', 'source', 'sink', 'sqlReaderQuery', 'items', 'activities', 'translator', 'mappings',
      'schema', 'table', 'location', 'folderPath', 'fileName', 'linkedServiceName', 'url', 'script',
      'sources', 'sinks', 'scripts', 'text', 'storeSettings', 'wildcardFileName', 'pipeline',
    ); // prettier-ignore
    const { json } = fc.letrec<{ json: Json }>((tie) => ({
      json: fc.oneof(
        { maxDepth: 6, depthSize: 'medium' },
        leaf,
        fc.array(tie('json'), { maxLength: 3 }),
        fc.dictionary(key, tie('json'), { maxKeys: 5 }),
      ),
    }));
    const type = fc.constantFrom(
      'Copy',
      'Lookup',
      'Script',
      'ForEach',
      'ExecuteDataFlow',
      'ExecutePipeline',
      'WebActivity',
      'Delete',
      'Custom',
    );
    const activity = fc.tuple(type, json, json).map(([name, typeProperties, input]) => ({
      name,
      type: name,
      typeProperties,
      inputs: [dataset('AnyTable', input), input],
      outputs: [dataset('File', typeProperties)],
    })); // prettier-ignore

    await fc.assert(
      fc.asyncProperty(fc.array(activity, { maxLength: 4 }), json, async (activities, any) => {
        const { assets } = await lineageOf(
          sampleDocuments(activities as unknown as Json[], {
            dataset: [{ name: 'Odd', properties: any }],
            linkedService: [{ name: 'OddService', properties: any }],
            dataFlow: [{ name: 'OddFlow', properties: any }],
            pipeline: [{ name: 'OddPipeline', properties: any }],
            trigger: [{ name: 'OddTrigger', properties: any }],
            changeDataCapture: [{ name: 'OddCapture', properties: any }],
          }),
        );
        expect(
          assets.filter(({ namespace, name }) => expressionLike.test(namespace + name)),
        ).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  it('answers with a warning for dangling references and case twins', async () => {
    const lineage = await lineageOf(
      sampleDocuments([
        copy('C', dataset('ORDERS'), dataset('Missing')),
        call('D', 'Missing'),
        {
          name: 'E',
          type: 'ExecuteDataFlow',
          typeProperties: { dataFlow: reference('DataFlow', 'Missing') },
        },
      ]),
    );

    expect(lineage.ends()).toHaveLength(1);
    expect(lineage.warnings).toEqual([
      'The factory has no dataset "Missing".',
      'The factory has no pipeline "Missing".',
      'The factory has no data flow "Missing".',
    ]);
  });

  it('reads SQL of 100 KB and nested SQL in bounded time', async () => {
    const long = `select ${Array.from({ length: 9_000 }, (_, n) => `c${n}`).join(', ')} from a.T`;
    const deep = `select ${'('.repeat(400)}1${')'.repeat(400)} from a.T`;
    const unclosed = `select * from a.T where x = ${'[/*'.repeat(16_000)}`;
    const query = (sql: string) =>
      copy('C', dataset('Orders'), fileAt('x'), { source: { sqlReaderQuery: sql } });

    const lineage = await lineageOf(sampleDocuments([query(long), query(deep), query(unclosed)]));

    expect(lineage.activities()[0]!.ends[0]).toMatchObject({
      reason: expect.stringContaining('SQL') as string,
    });
  });
});
