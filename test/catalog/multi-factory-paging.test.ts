/** Pages of a list that spans many factories. */
import { pageAcrossFactories } from '../../functions/catalog/multi-factory-paging';
import type { PageRequest } from '../../functions/storage/page';

const factories = Array.from({ length: 230 }, (_, n) => ({
  hash: `h${String(n).padStart(3, '0')}`,
  factory: { subscriptionId: 's', resourceGroup: 'g', name: `f${n}` },
}));

/** Reads pages until the last one. `rowsOf` returns the rows of a factory, in its pages. */
async function readAll(rowsOf: (hash: string) => readonly string[][], limit: number) {
  const pages: { readonly items: readonly string[]; readonly reads: number }[] = [];
  let continuation: string | undefined;
  do {
    let reads = 0;
    const request = { limit, ...(continuation !== undefined && { continuation }) };
    const page = await pageAcrossFactories(
      factories,
      request,
      async (hash, within: PageRequest) => {
        reads++;
        const rows = rowsOf(hash);
        const n = Number(within.continuation ?? 0);
        const more = n + 1 < rows.length ? { continuation: String(n + 1) } : {};
        return { items: (rows[n] ?? []).slice(0, within.limit), ...more };
      },
    );
    pages.push({ items: page.items, reads });
    continuation = page.continuation;
  } while (continuation !== undefined);
  return pages;
}

describe('pageAcrossFactories', () => {
  it('bounds the reads of a page over factories without a match', async () => {
    const pages = await readAll((hash) => (hash === 'h229' ? [['last']] : []), 10);

    expect(Math.max(...pages.map(({ reads }) => reads))).toBeLessThanOrEqual(8);
    expect(pages.flatMap(({ items }) => items)).toEqual(['last']);
  });

  it('bounds the reads of a page within one factory', async () => {
    const empty = Array.from({ length: 120 }, (): string[] => []);
    const pages = await readAll((hash) => (hash === 'h003' ? [...empty, ['deep']] : []), 10);

    expect(Math.max(...pages.map(({ reads }) => reads))).toBeLessThanOrEqual(8);
    expect(pages.flatMap(({ items }) => items)).toEqual(['deep']);
  });

  it('returns each row once in the order of factories', async () => {
    const pages = await readAll((hash) => [[`${hash}-a`], [], [`${hash}-b`]], 7);

    const expected = factories.flatMap(({ hash }) => [`${hash}-a`, `${hash}-b`]);
    expect(pages.flatMap(({ items }) => items)).toEqual(expected);
  });
});
