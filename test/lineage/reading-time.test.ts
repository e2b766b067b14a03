/** SQL texts for which the parser would need hours: a worker must not stop for one factory. */
import { ReadingTime } from '../../functions/lineage/sql/reading-time';
import { copy, dataset, lineageOf, sampleDocuments } from '../support/lineage';

const forever = () => {
  for (;;);
};

describe('the time for SQL texts', () => {
  it('ends a text whose time doubles with each bracket', async () => {
    const nested = `select ${'cast('.repeat(40)}a${' as int)'.repeat(40)} from b.S1`;
    const queries = [nested, 'select * from b.S2', nested];

    const lineage = await lineageOf(
      sampleDocuments(
        queries.map((sqlReaderQuery, n) =>
          copy(`C${n}`, dataset('Orders'), dataset('Orders'), { source: { sqlReaderQuery } }),
        ),
      ),
    );

    expect(lineage.pairs().join('\n')).toContain('b.S2 → ');
    expect(
      lineage.activities().map(({ ends }) => ends.flatMap(({ reason }) => reason ?? [])),
    ).toEqual([
      ['The SQL text takes too long to parse.'],
      [],
      ['The SQL text takes too long to parse.'],
    ]);
  }, 20_000);

  it('is limited for all texts of a factory together', () => {
    const time = new ReadingTime(100, 120);

    const read = [forever, forever, forever, forever, () => 'read'].map((work) =>
      time.read(10, work),
    );

    expect(read).toEqual(Array(5).fill(undefined));
    expect(time.isSpent).toBe(true);
  });

  it('is not used up by texts that take as long as usual', () => {
    const time = new ReadingTime();

    for (let count = 0; count < 1_000; count++) time.read(10, () => count);

    expect(time.read(10, () => 'read')).toBe('read');
  });

  it('passes on what the parser throws', () => {
    const failing = () => new ReadingTime().read(10, () => JSON.parse('{') as unknown);

    expect(failing).toThrow(SyntaxError);
  });
});
