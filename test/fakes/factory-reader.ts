/** Data Factory as a test arranges it: lists of pages, any of which may fail. */
import type { FactoryReader, SourcePage } from '../../functions/data-factory/ports';
import type { FactoryRef, ListedKind } from '../../functions/data-factory/resource';
import type { Json } from '../../functions/data-factory/json';

export type FakePage = readonly Json[] | Error;

export interface FakeFactoryReader extends FactoryReader {
  factories: readonly FactoryRef[];
  /** Kinds without pages have one empty page. */
  pages: Partial<Record<ListedKind, readonly FakePage[]>>;
  /** Overrides where a page leads to. */
  links: Record<string, string>;
  /** `kind page` in the order asked. */
  readonly asked: string[];
}

export function fakeFactoryReader(): FakeFactoryReader {
  const reader: FakeFactoryReader = {
    factories: [],
    pages: {},
    links: {},
    asked: [],
    discover: async () => reader.factories,
    async readPage(_connector, _factory, kind, cursor = []): Promise<SourcePage> {
      const pages = reader.pages[kind] ?? [[]];
      const index = Number(cursor[0] ?? 0);
      reader.asked.push(`${kind} ${index}`);
      const page = pages[index] ?? [];
      if (page instanceof Error) throw page;
      const next = reader.links[`${kind} ${index}`] ?? String(index + 1);
      return { items: page, ...(index + 1 < pages.length && { cursor: [next] }) };
    },
  };
  return reader;
}
