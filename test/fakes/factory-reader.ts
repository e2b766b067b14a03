/** FactoryReader with the pages that a test sets. A page may be an error. */
import type { FactoryReader, SourcePage } from '../../functions/data-factory/ports';
import type { FactoryRef, ListedKind } from '../../functions/data-factory/resource';
import type { Json } from '../../functions/data-factory/json';

export type FakePage = readonly Json[] | Error;

export interface FakeFactoryReader extends FactoryReader {
  factories: readonly FactoryRef[];
  /** A kind without pages has one empty page. */
  pages: Partial<Record<ListedKind, readonly FakePage[]>>;
  /** Replaces the cursor of a page. */
  links: Record<string, string>;
  /** `kind page` of every request, in order. */
  readonly requests: string[];
}

export function fakeFactoryReader(): FakeFactoryReader {
  const reader: FakeFactoryReader = {
    factories: [],
    pages: {},
    links: {},
    requests: [],
    discover: async () => reader.factories,
    async readPage(_connector, _factory, kind, cursor = []): Promise<SourcePage> {
      const pages = reader.pages[kind] ?? [[]];
      const index = Number(cursor[0] ?? 0);
      reader.requests.push(`${kind} ${index}`);
      const page = pages[index] ?? [];
      if (page instanceof Error) throw page;
      const next = reader.links[`${kind} ${index}`] ?? String(index + 1);
      return { items: page, ...(index + 1 < pages.length && { cursor: [next] }) };
    },
  };
  return reader;
}
