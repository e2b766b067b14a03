import { setImmediate as turn } from 'node:timers/promises';
import { pageLimits } from '../../../functions/catalog/mirror/page-limits';
import { PageReader, type ReadPage } from '../../../functions/catalog/mirror/page-reader';
import type { SourceCursor } from '../../../functions/data-factory/ports';
import { RefusedError } from '../../../functions/errors/app-error';

const now = () => new Date('2026-01-15T12:00:00Z');

/** A list of numbered pages. Names in `asked` the pages that were requested. */
function pagedList(count: number, failsAt = Infinity) {
  const asked: number[] = [];
  const readPage = async (cursor: SourceCursor = ['1']): Promise<ReadPage> => {
    const n = Number(cursor[0]);
    asked.push(n);
    await turn();
    if (n === failsAt) return { error: new RefusedError('refused', 'Refused.') };
    const next = n < count ? { cursor: [String(n + 1)] } : {};
    return { page: { items: [{ name: String(n) }], ...next } };
  };
  const deadline = now().getTime() + 1_000;
  return { asked, list: { readPage, deadline, checkStopRequest: async () => undefined } };
}

const settle = async () => {
  for (let n = 0; n < 5; n++) await turn();
};

describe('PageReader', () => {
  it('reads as many pages ahead as there are places', async () => {
    const { asked, list } = pagedList(9);
    const pages = new PageReader(list, pageLimits(1, 2), now).pages(list.readPage(), undefined);

    await pages.next();
    await settle();
    const whileWriting = [...asked];
    await pages.next();
    await settle();

    expect(whileWriting).toEqual([1, 2, 3, 4]);
    expect(asked).toEqual([1, 2, 3, 4, 5]);
    await pages.return(undefined);
  });

  it('reads one page ahead of each list if no place is free', async () => {
    const { asked, list } = pagedList(9);
    const pages = new PageReader(list, pageLimits(1, 0), now).pages(list.readPage(), undefined);

    await pages.next();
    await settle();

    expect(asked).toEqual([1, 2]);
    await pages.return(undefined);
  });

  it.each([
    ['the list ends', pagedList(5), Infinity],
    ['a page cannot be read', pagedList(9, 4), Infinity],
    ['a page cannot be written', pagedList(9), 2],
  ])('gives its places back when %s', async (_, { list }, writes) => {
    const limits = pageLimits(1, 3);
    const reader = new PageReader(list, limits, now);

    let written = 0;
    for await (const page of reader.pages(list.readPage(), undefined)) {
      expect(page.items).toEqual([{ name: String(++written) }]);
      await settle();
      if (written === writes) break;
    }
    await settle();

    const free = [1, 2, 3, 4].map(() => limits.tryReadAhead());
    expect(free).toEqual([true, true, true, false]);
  });

  it('begins no page after a page could not be written', async () => {
    const { asked, list } = pagedList(9);
    const reader = new PageReader(list, pageLimits(1, 3), now);

    for await (const _page of reader.pages(list.readPage(), undefined)) break;
    const before = [...asked];
    await settle();

    expect(before).toEqual([1, 2]);
    expect(asked).toEqual(before);
  });

  it('begins no page after its deadline, which passed while it wrote', async () => {
    const { asked, list } = pagedList(9);
    let time = now().getTime();
    const reader = new PageReader(list, pageLimits(1, 0), () => new Date(time));

    for await (const _page of reader.pages(list.readPage(), undefined)) {
      await settle();
      time = list.deadline + 1;
    }

    expect(asked).toEqual([1, 2]);
    expect(reader.end).toEqual({ cursor: ['3'] });
  });

  it('ends with the failure of a page after the pages before it', async () => {
    const { list } = pagedList(9, 4);
    const reader = new PageReader(list, pageLimits(1, 3), now);

    const read = [];
    for await (const { items } of reader.pages(list.readPage(), undefined)) read.push(...items);

    expect(read).toHaveLength(3);
    expect(reader.end).toEqual({ failure: { code: 'refused', message: 'Refused.' } });
  });
});
