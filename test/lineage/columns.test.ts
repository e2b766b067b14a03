/** Columns of Copy activities and of data flows. */
import type { Json } from '../../functions/data-factory/json';
import { dataFlowColumns } from '../../functions/lineage/columns/data-flow-columns';
import {
  copy,
  dataset,
  expression,
  lineageOf,
  reference,
  sampleDocuments,
} from '../support/lineage';

const fileAt = (path: string) => dataset('File', { path });
const copied = async (typeProperties: Json, from = dataset('Orders')) => {
  const lineage = await lineageOf(sampleDocuments([copy('C', from, fileAt('x'), typeProperties)]));
  const [pair] = lineage.activities()[0]!.pairs;
  return { columns: lineage.columns(), state: pair!.columnState };
};
const translator = (value: Json) => ({ translator: value });

describe('the columns of a Copy', () => {
  it.each<[string, Json, string[]]>([
    [
      'names',
      { mappings: [{ source: { name: 'a', type: 'String' }, sink: { name: 'b' } }] },
      ['a → b'],
    ],
    [
      'positions and declared names',
      { mappings: [{ source: { ordinal: 2 }, sink: { ordinal: 9 } }] },
      ['Total → #9'],
    ],
    [
      'paths below a collection',
      {
        collectionReference: "$['items']",
        mappings: [
          { source: { path: "['id']" }, sink: { name: 'id' } },
          { source: { path: "$['at']" }, sink: { name: 'at' } },
        ],
      },
      ["$['items']['id'] → id", "$['at'] → at"],
    ],
    ['a list of names', { columnMappings: 'a: b, c : d' }, ['a → b', 'c → d']],
    ['an object of names', { columnMappings: { a: 'b' } }, ['a → b']],
    ['a schema mapping', { schemaMapping: { '$.a': 'b' } }, ['$.a → b']],
  ])('come from %s', async (_, mapping, expected) => {
    expect(await copied(translator(mapping))).toEqual({ columns: expected, state: 'explicit' });
  });

  it('are copied by additional columns', async () => {
    const source = {
      additionalColumns: [
        { name: 'twin', value: '$$COLUMN:Id' },
        { name: 'k', value: 'x' },
      ],
    };

    expect(await copied({ source })).toEqual({
      columns: ['Id → id', 'Total → total', 'Id → twin'],
      state: 'inferred',
    });
  });

  it('are none of the source if an additional column is mapped', async () => {
    const mapped = (name: string) => ({ source: { name }, sink: { name: `to ${name}` } });
    const translator = { mappings: ['Id', 'Twin', 'loadedAt'].map(mapped) };
    const source = {
      additionalColumns: [
        { name: 'twin', value: '$$COLUMN:Total' },
        { name: 'loadedAt', value: expression('@utcnow()') },
      ],
    };

    expect((await copied({ source, translator })).columns).toEqual([
      'Id → to Id',
      'Total → to Twin',
    ]);
  });

  it.each<[string, string, string[]]>([
    ['an alias', 'select Id as a, x.Total b from s.T x', ['Id → 1', 'Total → 2']],
    ['a calculation', 'select upper(x.Name) + Code as a from s.T x', ['Name → 1', 'Code → 1']],
    ['all columns', 'select * from s.T', ['a → 1', 'b → 2', 'c → 3']],
    [
      'two tables',
      'select x.Id as a, y.Id as b, c from s.T x join s.U y on y.Id = x.Ref',
      ['Id → 1', 'Id → 2'],
    ],
    ['a query within', 'select (select max(Id) from s.U) as a, b from s.T', ['b → 2']],
    ['a union', 'select a from s.T union all select b from s.U', []],
    ['a common table expression', 'with q as (select Id as a from s.T) select a from q', []],
  ])('are those of the tables of a query with %s', async (_, query, expected) => {
    const mappings = ['a', 'b', 'c'].map((name, n) => ({
      source: { name },
      sink: { name: `${n + 1}` },
    }));

    const { columns } = await copied({
      source: { sqlReaderQuery: query },
      translator: { mappings },
    });

    expect(columns).toEqual(expected);
  });

  it('are those of equal names in the result of a query', async () => {
    const source = { sqlReaderQuery: 'select Number as Id, x.Amount as total from s.T x' };

    expect(await copied({ source })).toEqual({
      columns: ['Number → id', 'Amount → total'],
      state: 'inferred',
    });
  });

  it('are those of equal names without a mapping', async () => {
    expect(await copied({})).toEqual({ columns: ['Id → id', 'Total → total'], state: 'inferred' });
  });

  it('are dynamic if the mapping is an expression', async () => {
    expect(await copied(translator(expression('@json(variables(1))')))).toEqual({
      columns: [],
      state: 'dynamic',
    });
  });

  it('are unknown without names on both sides', async () => {
    expect(await copied({}, dataset('AnyTable', { table: 'T' }))).toEqual({
      columns: [],
      state: 'unknown',
    });
  });
});

const sources = `source(output(id as integer, name as string, price as double)) ~> A
source(output(key as integer, city as string)) ~> B
`;
const sink = (input: string) => `${input} sink() ~> Out`;

/** `A.source → target`, with `~` if the influence is indirect; `A.*` if undeclared columns pass. */
function flowOf(script: string, transformations: Json = [], flowlets: Record<string, string> = {}) {
  const { pairs, warnings } = dataFlowColumns(
    { typeProperties: { script, transformations } },
    (name) =>
      flowlets[name] === undefined ? undefined : { typeProperties: { script: flowlets[name] } },
  );
  const columns = pairs.flatMap(({ source, columns: all, open }) => [
    ...all.map(
      ({ source: from, target, type }) =>
        `${source}.${from} → ${target}${type === 'INDIRECT' ? ' ~' : ''}`,
    ),
    ...(open ? [`${source}.*`] : []),
  ]);
  return { columns, warnings };
}

describe('the columns of a data flow', () => {
  it.each<[string, string, string[]]>([
    ['select', 'A select(mapColumn(n = name, id)) ~> T', ['A.name → n', 'A.id → id']],
    [
      'a pattern',
      "A select(mapColumn(each(match(startsWith(name, 'p'))))) ~> T",
      ['A.id → id', 'A.name → name', 'A.price → price'],
    ],
    [
      'derive',
      'A derive(label = concat(name, toString(id)), twice = 2 * price, x = upper(label)) ~> D\nD select(mapColumn(label, twice, x)) ~> T',
      ['A.name → label', 'A.id → label', 'A.price → twice', 'A.name → x', 'A.id → x'],
    ],
    [
      'aggregate',
      'A aggregate(groupBy(name), total = sum(price)) ~> T',
      ['A.name → name', 'A.price → total', 'A.name → * ~'],
    ],
    [
      'join',
      "A, B join(A@id == B@key, joinType:'left') ~> J\nJ select(mapColumn(A@name, town = B@city)) ~> T",
      ['A.name → name', 'A.id → * ~', 'B.city → town', 'B.key → * ~'],
    ],
    [
      'lookup',
      'A, B lookup(id == key, multiple: false) ~> J\nJ select(mapColumn(city)) ~> T',
      ['A.id → * ~', 'B.city → city', 'B.key → * ~'],
    ],
    [
      'pivot without a name',
      "A pivot(groupBy(id), pivotBy(name, ['x', 'y']), {} = sum(price), columnNaming: '$N$V') ~> T",
      ['A.id → id', 'A.id → * ~', 'A.name → * ~', 'A.price → * ~', 'A.*'],
    ],
    [
      'exists without a known column',
      'A, B exists() ~> E\nE select(mapColumn(name)) ~> T',
      ['A.name → name', 'B.* → * ~'],
    ],
    [
      'a column of a stream that declares none',
      'source(allowSchemaDrift: true) ~> D\nA, D join(A@id == D@ref) ~> J\nJ select(mapColumn(id = D@id, name = A@name)) ~> T',
      ['A.name → name', 'A.id → * ~', 'D.id → id', 'D.ref → * ~'],
    ],
    [
      'a column that its stream does not have',
      'A, B join(A@id == B@key) ~> J\nJ select(mapColumn(n = B@name)) ~> T',
      ['A.id → * ~', 'B.key → * ~'],
    ],
    [
      'a cached sink',
      "B sink(store: 'cache', format: 'inline', output: false) ~> Rates\nA derive(rate = Rates#lookup(id).city) ~> D\nD select(mapColumn(rate)) ~> T",
      ['A.id → rate ~', 'B.city → rate'],
    ],
    [
      'exists',
      'A, B exists(A@id == B@key, negate: true) ~> E\nE select(mapColumn(name)) ~> T',
      ['A.name → name', 'A.id → * ~', 'B.key → * ~'],
    ],
    [
      'union by name',
      'B select(mapColumn(id = key, name = city)) ~> C\nA, C union(byName: true) ~> U\nU select(mapColumn(id, name)) ~> T',
      ['A.id → id', 'A.name → name', 'B.key → id', 'B.city → name'],
    ],
    [
      'union by position',
      'A, B union(byName: false) ~> U\nU select(mapColumn(id)) ~> T',
      ['A.id → id', 'B.key → id'],
    ],
    [
      'filter and sort',
      'A filter(price > 1) ~> F\nF sort(desc(id)) ~> S\nS select(mapColumn(name)) ~> T',
      ['A.name → name', 'A.price → * ~', 'A.id → * ~'],
    ],
    [
      'split',
      'A split(price > 1, disjoint: false) ~> S@(high, low)\nS@low select(mapColumn(name)) ~> T',
      ['A.name → name', 'A.price → * ~'],
    ],
    [
      'alterRow and assert',
      "A alterRow(upsertIf(id > 0)) ~> R\nR assert(expectTrue(price > 0, false, 'x')) ~> V\nV select(mapColumn(name)) ~> T",
      ['A.name → name', 'A.id → * ~', 'A.price → * ~'],
    ],
    [
      'keyGenerate and rank',
      'A keyGenerate(output(sk as long), startAt: 1L) ~> K\nK rank(asc(price), output(r as long)) ~> R\nR select(mapColumn(sk, r)) ~> T',
      ['A.price → r ~'],
    ],
    [
      'window',
      'A window(over(name), asc(id), best = max(price)) ~> W\nW select(mapColumn(best)) ~> T',
      ['A.price → best', 'A.name → best ~', 'A.id → best ~'],
    ],
    [
      'pivot',
      'A pivot(groupBy(name), pivotBy(id, [1, 2]), total = sum(price)) ~> T',
      ['A.name → name', 'A.price → total', 'A.name → * ~', 'A.id → * ~', 'A.*'],
    ],
    [
      'unpivot',
      'A unpivot(output(what as string, value as string), ungroupBy(id)) ~> T',
      ['A.id → id', 'A.name → what', 'A.price → what', 'A.name → value', 'A.price → value'],
    ],
    [
      'foldDown',
      'A foldDown(unroll(name.parts), mapColumn(part = name.parts.text, id)) ~> T',
      ['A.name → part', 'A.id → id'],
    ],
    [
      'parse',
      "A parse(doc = name ? (a as string), format: 'json') ~> P\nP select(mapColumn(doc)) ~> T",
      ['A.name → doc'],
    ],
    [
      'stringify',
      'A stringify(text = price ? string) ~> P\nP select(mapColumn(text)) ~> T',
      ['A.price → text'],
    ],
    [
      'cast',
      'A cast(output(id as string), errors: true) ~> P\nP select(mapColumn(id)) ~> T',
      ['A.id → id'],
    ],
    [
      'a call of a service',
      'A call(mapColumn(id), output(body as string)) ~> P\nP select(mapColumn(body)) ~> T',
      ['A.id → body ~'],
    ],
    [
      'an unknown transformation',
      'A shuffle(id) ~> P\nP select(mapColumn(id)) ~> T',
      ['A.id → id ~'],
    ],
  ])('follow %s', (_, script, expected) => {
    expect(flowOf(`${sources}${script}\n${sink('T')}`).columns).toEqual(expected);
  });

  it('pass undeclared columns of a drifting source', () => {
    const script = "source(allowSchemaDrift: true) ~> A\nA derive(x = byName('y')) ~> T\n";

    expect(flowOf(`${script}${sink('T')}`).columns).toEqual(['A.y → x', 'A.*']);
  });

  it('are inlined from a flowlet', () => {
    const flowlet =
      'input(output(v as string)) ~> In\nIn derive(w = lower(v)) ~> L\nL output() ~> Done';
    const script = `source(output(v as string)) ~> A\nA compose() ~> Call@(Done)\nCall@Done select(mapColumn(w)) ~> T\n${sink('T')}`;
    const calls = [{ name: 'Call', flowlet: reference('DataFlow', 'Lower') }];

    expect(flowOf(script, calls, { Lower: flowlet }).columns).toEqual(['A.v → w']);
  });

  it.each([
    [
      'a cycle of streams',
      'X filter(a > 1) ~> Y\nY filter(a > 1) ~> X\nX sink() ~> Out',
      'depends on itself',
    ],
    ['a stream that is missing', sink('Nowhere'), 'has no stream "Nowhere"'],
    ['a script that cannot be read', 'source(', 'cannot be read'],
    [
      'an unknown transformation',
      `${sources}A shuffle() ~> T\n${sink('T')}`,
      'unknown transformation "shuffle"',
    ],
  ])('warn of %s', (_, script, sentence) => {
    expect(flowOf(script).warnings.join()).toContain(sentence);
  });

  it('end at a flowlet that calls itself', () => {
    const calls = [{ name: 'Call', flowlet: reference('DataFlow', 'Loop') }];
    const properties = (script: string): Json => ({
      typeProperties: { script, transformations: calls },
    });
    const loop = 'input(output(v as string)) ~> In\nIn compose() ~> Call\nCall output() ~> Done';
    const script = `source(output(v as string)) ~> A\nA compose() ~> Call\n${sink('Call')}`;

    const { pairs, warnings } = dataFlowColumns(properties(script), (name) =>
      name === 'Loop' ? properties(loop) : undefined,
    );

    expect(warnings).toEqual(['Flowlet "Loop" calls itself.']);
    expect(pairs[0]!.columns).toMatchObject([{ source: 'v', target: 'v', type: 'INDIRECT' }]);
  });

  it.each<[string, string, string[], string[]]>([
    [
      'a query',
      "source(output(a as integer), query: 'select Id as a, 1 as b from x.T where Id in (select Id from x.U)', format: 'query') ~> A",
      ['dwh.x.T → dwh.stage.Keys', 'dwh.x.U → dwh.stage.Keys ~'],
      ['Id → k'],
    ],
    [
      'a query that is built',
      "source(output(a as integer), query: ('select * from x.' + $table)) ~> A",
      ['dwh.x.T1 → dwh.stage.Keys'],
      ['a → k'],
    ],
    [
      'a procedure',
      "source(output(a as integer), storedProcedureName: 'x.P', format: 'storedProcedure') ~> A",
      ['dwh.x.P → dwh.stage.Keys'],
      ['a → k'],
    ],
  ])('begin at the tables of a source with %s', async (_, source, pairs, columns) => {
    const lineage = await lineageOf(inFlow(source));

    expect(lineage.pairs().map((pair) => pair.replaceAll(server, ''))).toEqual(pairs);
    expect(lineage.columns()).toEqual(columns);
  });

  it.each([
    ['files of the folder of the dataset', 'in/x/*.csv', 'in/x/data.csv'],
    ['another folder', 'other/*.csv', 'other'],
    ['folders', 'in/*/*.csv', 'in/x/data.csv'],
    ['other folders', 'out/*/a.csv', 'out/*/a.csv'],
    ['folders at any depth', '**/d?ta.*', 'in/x/data.csv'],
    ['one folder too few', '*/data.csv', '*/data.csv'],
  ])('begin at files that wildcards of %s match', async (_, wildcards, path) => {
    const lineage = await lineageOf(
      inFlow(`source(output(a as integer), wildcardPaths: ['${wildcards}']) ~> A`, {
        ...dataset('File'),
        parameters: { path: 'x' },
      }),
    );

    expect(lineage.ends()[0]).toBe(`Load/E reads abfss://raw@lake.dfs.core.windows.net/${path}`);
  });

  it('begin at many wildcards that do not match', async () => {
    const wildcards = `in/${'*a'.repeat(12)}b/data.csv`;
    const lineage = await lineageOf(
      inFlow(`source(output(a as integer), wildcardPaths: ['${wildcards}']) ~> A`, {
        ...dataset('File'),
        parameters: { path: 'a'.repeat(60) },
      }),
    );

    expect(lineage.ends()[0]).toContain(wildcards);
  });

  it('has no asset for a cached sink', async () => {
    const lineage = await lineageOf(
      inFlow("source(output(a as integer)) ~> A\nA sink(store: 'cache', output: false) ~> Cache"),
    );

    expect(lineage.ends().filter((end) => end.includes('writes'))).toEqual([
      `Load/E writes ${server}dwh.stage.Keys`,
    ]);
  });

  it('reach the assets of an activity', async () => {
    const flow = {
      name: 'Flow',
      properties: {
        type: 'MappingDataFlow',
        typeProperties: {
          sources: [{ name: 'A', dataset: dataset('Orders') }],
          sinks: [{ name: 'Out', dataset: dataset('AnyTable') }],
          scriptLines: [
            'source(output(Id as integer)) ~> A',
            'A select(mapColumn(Key = Id)) ~> T',
            sink('T'),
          ],
        },
      },
    };
    const activity = {
      name: 'E',
      type: 'ExecuteDataFlow',
      typeProperties: {
        dataflow: {
          ...reference('DataFlow', 'Flow'),
          datasetParameters: { Out: { table: 'Keys' } },
        },
      },
    };

    const lineage = await lineageOf(sampleDocuments([activity], { dataFlow: [flow] }));

    expect(lineage.pairs()).toEqual([
      'mssql://srv.database.windows.net:1433/dwh.sales.Orders → mssql://srv.database.windows.net:1433/dwh.stage.Keys',
    ]);
    expect(lineage.columns()).toEqual(['Id → Key']);
  });
});

const server = 'mssql://srv.database.windows.net:1433/';

/** A pipeline with a data flow of one source, which writes to a table. */
function inFlow(source: string, from: Json = dataset('Orders')) {
  const flow = {
    name: 'Flow',
    properties: {
      type: 'MappingDataFlow',
      typeProperties: {
        sources: [{ name: 'A', dataset: from }],
        sinks: [{ name: 'Out', dataset: dataset('AnyTable') }, { name: 'Cache' }],
        script: `${source}\nA select(mapColumn(k = a)) ~> T\n${sink('T')}`,
      },
    },
  };
  const activity = {
    name: 'E',
    type: 'ExecuteDataFlow',
    typeProperties: {
      dataflow: {
        ...reference('DataFlow', 'Flow', { table: "'T1'" }),
        datasetParameters: { Out: { table: 'Keys' } },
      },
    },
  };
  return sampleDocuments([activity], { dataFlow: [flow] });
}
