import type { TableClient } from '@azure/data-tables';
import { readPage } from '../../../functions/azure/table-storage/table-client';

/** A table whose pages have these numbers of rows. The last page has no continuation. */
function tableOf(sizes: readonly number[]) {
  let requests = 0;
  async function* byPage() {
    for (const [n, size] of sizes.entries()) {
      requests++;
      const rows = Array.from({ length: size }, (_, row) => ({ rowKey: `${n}-${row}` }));
      const isLast = n === sizes.length - 1;
      yield Object.assign(rows, isLast ? {} : { continuationToken: `page ${n + 1}` });
    }
  }
  const table = { listEntities: () => ({ byPage }) } as unknown as TableClient;
  return { read: () => readPage(table, '', { limit: 9 }, () => 'row'), count: () => requests };
}

describe('readPage', () => {
  it.each<[string, number[], object, number]>([
    [
      'the first page with rows',
      [0, 0, 2, 1],
      { items: ['row', 'row'], continuation: 'page 3' },
      3,
    ],
    ['the last page if all are empty', [0, 0], { items: [] }, 2],
    ['one page only', [1, 1], { items: ['row'], continuation: 'page 1' }, 1],
    ['no rows of a table without pages', [], { items: [] }, 0],
    [
      'a continuation after many empty pages',
      Array.from({ length: 30 }, () => 0),
      { items: [], continuation: 'page 20' },
      20,
    ],
  ])('returns %s', async (_, sizes, page, requests) => {
    const { read, count } = tableOf(sizes);

    expect(await read()).toEqual(page);
    expect(count()).toBe(requests);
  });

  it('returns an empty page of a slow search', async () => {
    const { read, count } = tableOf(Array.from({ length: 30 }, () => 0));
    let clock = 0;
    const slow = jest.spyOn(performance, 'now').mockImplementation(() => (clock += 4_000));

    expect(await read()).toEqual({ items: [], continuation: 'page 3' });

    expect(count()).toBe(3);
    slow.mockRestore();
  });
});
