/** Full-text index of one factory: words, their beginnings, and words with typing mistakes. */
import MiniSearch, { type Query } from 'minisearch';
import { searchFields, type SearchEntry, type SearchField } from './search-unit';

export interface Match {
  readonly entry: SearchEntry;
  readonly score: number;
  /** Fields that contain words of the query. */
  readonly fields: readonly SearchField[];
}

export interface FactoryIndex {
  readonly size: number;
  /** Entries that match every word. In no order. */
  search(words: readonly string[]): readonly Match[];
}

/** Entries that are indexed before other requests of the worker get their turn. */
const chunkSize = 400;
/** How much a field counts. */
const weights = { name: 6, assets: 3, annotations: 2, folder: 2, type: 1.5, sql: 1.5 } as const;

export async function factoryIndex(entries: readonly SearchEntry[]): Promise<FactoryIndex> {
  const index = new MiniSearch<SearchEntry>({
    idField: 'rowKey',
    fields: [...searchFields],
    extractField: textOf,
    tokenize: wordsOf,
    processTerm: (word) => word,
  });
  await index.addAllAsync(entries, { chunkSize });
  const byKey = new Map(entries.map((entry) => [entry.rowKey, entry]));
  return {
    size: entries.length,
    search: (words) =>
      index.search(queryOf(words)).map(({ id, score, match }): Match => ({
        entry: byKey.get(String(id))!,
        score,
        fields: searchFields.filter((field) =>
          Object.values(match).some((found) => found.includes(field)),
        ),
      })),
  };
}

/** A word of one letter is compared whole, one of four or more may have a mistake, of six or more two. */
const queryOf = (words: readonly string[]): Query => ({
  queries: [...words],
  combineWith: 'AND',
  tokenize: (word) => [word],
  prefix: (word) => word.length > 1,
  fuzzy: (word) => (word.length < 4 ? false : word.length < 6 ? 1 : 2),
  weights: { prefix: 0.6, fuzzy: 0.3 },
  boost: weights,
});

function textOf(entry: SearchEntry, field: string): string {
  const value = entry[field as keyof SearchEntry];
  return typeof value === 'string' ? value : (value?.join(' ') ?? '');
}

/** Different words of a query, in lower case. */
export const queryWords = (text: string): string[] => [
  ...new Set(Array.from(folded(text).matchAll(word), ([found]) => found.toLowerCase())),
];

/** Words of a text and the parts of words like `CopySalesOrders`, in lower case. */
function wordsOf(text: string): string[] {
  const words: string[] = [];
  for (const [found] of folded(text).matchAll(word)) {
    words.push(found.toLowerCase());
    const parts = found.match(part);
    if (parts && parts.length > 1) words.push(...parts.map((each) => each.toLowerCase()));
  }
  return words;
}

const word = /[\p{L}\p{N}]+/gu;
const part = /\p{Lu}+(?!\p{Ll})|\p{Lu}?\p{Ll}+|\p{N}+|\p{Lo}+/gu;

/** Without accents, so that `Müller` is found as `muller`. */
const folded = (text: string): string =>
  // eslint-disable-next-line no-control-regex
  /^[\u0000-\u007f]*$/.test(text) ? text : text.normalize('NFKD').replace(/\p{M}/gu, '');
