/** Tables that SQL texts read and write, and what flows from which to which. */
import { copy, dataset, lineageOf, reference, sampleDocuments } from '../support/lineage';

const server = 'mssql://srv.database.windows.net:1433/';
const shortened = (lines: readonly string[]) =>
  lines.map((line) => line.replaceAll(`${server}dwh.`, '').replaceAll(server, ''));

async function script(...texts: readonly string[]) {
  const activity = {
    name: 'S',
    type: 'Script',
    linkedServiceName: reference('LinkedService', 'Sql'),
    typeProperties: { scripts: texts.map((text) => ({ text })) },
  };
  const lineage = await lineageOf(sampleDocuments([activity]));
  return {
    ends: shortened(lineage.ends()).map((end) => end.replace('Load/S ', '')),
    pairs: shortened(lineage.pairs()),
    reasons: lineage.activities().flatMap(({ ends }) => ends.flatMap(({ reason }) => reason ?? [])),
  };
}

describe('a script', () => {
  it('is read quickly if a temporary table is filled from itself', async () => {
    const { pairs } = await script(
      `select * into #t from b.S1; ${'insert into #t select * from #t; '.repeat(40)}insert into a.T1 select * from #t`,
    );

    expect(pairs).toEqual(['b.S1 → a.T1']);
  });

  it.each<[string, string, string[]]>([
    [
      'each statement alone',
      'insert into a.T1 select * from b.S1; insert into a.T2 select * from b.S2',
      ['b.S1 → a.T1', 'b.S2 → a.T2'],
    ],
    [
      'statements that only lines separate',
      'SET NOCOUNT ON\ntruncate table a.T1\ninsert into a.T1\nselect * from b.S1\ninsert into a.T2 select * from b.S2',
      ['b.S1 → a.T1', 'b.S2 → a.T2'],
    ],
    [
      'batches',
      'insert into a.T1 select * from b.S1\nGO\ninsert into a.T2 select * from b.S2\ngo',
      ['b.S1 → a.T1', 'b.S2 → a.T2'],
    ],
    [
      'a temporary table',
      'drop table if exists #t; select * into #t from b.S1; insert into a.T1 select * from #t; insert into a.T2 select * from b.S2',
      ['b.S1 → a.T1', 'b.S2 → a.T2'],
    ],
    [
      'a temporary table that two statements fill',
      'create table #t (x int); insert into #t select * from b.S1; insert into #t select * from b.S2; insert into a.T1 select * from #t',
      ['b.S1 → a.T1', 'b.S2 → a.T1'],
    ],
    [
      'statements behind a message',
      "PRINT 'start'\ninsert into a.T1 select * from b.S1\nprint 'end'",
      ['b.S1 → a.T1'],
    ],
    [
      'statements behind the result of a procedure',
      'insert into #t exec b.P 1\ninsert into a.T1 select * from b.S1',
      ['b.S1 → a.T1'],
    ],
    ['a new table', 'select x, y as z into a.T1 from b.S1 where x > 1', ['b.S1 → a.T1']],
    [
      'common table expressions',
      'with c as (select * from b.S1), d as (select * from c) insert into a.T1 (x) select x from d join b.S2 s on s.x = d.x',
      ['b.S1 → a.T1', 'b.S2 → a.T1'],
    ],
    [
      'conditions as indirect',
      'insert into a.T1 select * from b.S1 where x in (select x from b.S2)',
      ['b.S1 → a.T1', 'b.S2 → a.T1 ~'],
    ],
    ['a deletion as indirect', 'delete t from a.T1 t join b.S1 s on s.x = t.x', ['b.S1 → a.T1 ~']],
    [
      'an update through an alias',
      'update t set t.x = s.x from a.T1 as t inner join b.S1 s on s.i = t.i where exists (select 1 from b.S2)',
      ['b.S1 → a.T1', 'b.S2 → a.T1 ~'],
    ],
    [
      'a merge from a query',
      'merge into a.T1 as t using (select * from b.S1 where x in (select x from b.S2)) as s on s.x = t.x when matched then\nupdate set x = s.x\nwhen not matched then\ninsert (x) values (s.x);',
      ['b.S1 → a.T1', 'b.S2 → a.T1 ~'],
    ],
    [
      'a merge from a common table expression',
      'with c as (select * from b.S1) merge a.T1 as t using c on c.x = t.x when matched then delete;',
      ['b.S1 → a.T1'],
    ],
    ['the result of a procedure', 'insert into a.T1 (x) exec b.P 1', ['b.P → a.T1']],
    [
      'a table without its schema',
      'insert into other..T1 select * from dwh..S1',
      ['dbo.S1 → other.dbo.T1'],
    ],
    [
      'another database that is used',
      'insert into a.T1 select * from b.S1; USE other; insert into a.T1 select * from S1',
      ['b.S1 → a.T1', 'other.dbo.S1 → other.a.T1'],
    ],
    [
      'comments and texts',
      "-- insert into x.A select * from x.B\n/* merge into x.A using x.B */ insert into a.T1 select 'x; insert into x.A' as c from b.S1",
      ['b.S1 → a.T1'],
    ],
    [
      'the definition of a procedure',
      'create procedure a.P as insert into a.T1 select * from b.S1',
      [],
    ],
    ['an index', 'create index i on a.T1 (x)', []],
  ])('has the pairs of %s', async (_, text, expected) => {
    const { pairs } = await script(text);

    expect(pairs.toSorted()).toEqual(expected.toSorted());
  });

  it.each<[string, string[]]>([
    ['update a.T1 set x = 1\nupdate a.T2 set x = 2', ['writes a.T1', 'writes a.T2']],
    ['insert into a.T1 values (1)\ntruncate table a.T2', ['writes a.T1', 'writes a.T2']],
    ['delete from a.T1 where x = 1\nexecute b.P', ['executes b.P', 'writes a.T1']],
    ["update a.T1 set x = 'update'", ['writes a.T1']],
  ])('has the ends of each line of %j', async (text, expected) => {
    const { ends } = await script(text);

    expect(ends.toSorted()).toEqual(expected);
  });

  it('scopes a linked server to its own server', async () => {
    const { ends } = await script('select * from [other].[dwh].[sales].[Orders]');

    expect(ends).toEqual([
      'reads mssql://linked server other of srv.database.windows.net/dwh.sales.Orders',
    ]);
  });

  it('says why a definition or a built text is not read', async () => {
    const { ends, reasons } = await script(
      'create procedure a.P as insert into a.T1 select * from b.S1',
      "exec sp_executesql N'insert into a.T1 select 1'",
    );

    expect(ends).toEqual(['executes {script}', 'executes {script}']);
    expect(reasons).toEqual([
      'The SQL text cannot be parsed.',
      'The SQL text is built when it is executed.',
    ]);
  });
});

describe('the query of a Copy', () => {
  it('returns the rows of its last statements only', async () => {
    const query =
      'insert into a.Log select * from b.S1; select * into #t from b.S2; select * from #t where x in (select x from b.S3)';
    const lineage = await lineageOf(
      sampleDocuments([
        copy('C', dataset('Orders'), dataset('Orders'), { source: { sqlReaderQuery: query } }),
      ]),
    );

    expect(shortened(lineage.pairs())).toEqual([
      'b.S1 → a.Log',
      'b.S2 → sales.Orders',
      'b.S3 → sales.Orders ~',
    ]);
  });
});
