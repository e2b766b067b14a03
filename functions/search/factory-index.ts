/**
 * Full-text index of one factory: words, their beginnings, and words with typing mistakes. The radix
 * tree of minisearch finds the terms; postings are arrays of numbers, because a word like `copy` is in
 * most of the entries, and a result object for each of them takes too long.
 */
import SearchableMap from 'minisearch/SearchableMap';
import { runInSlices } from '../concurrency/run-in-slices';
import { searchFields, type SearchEntry, type SearchField } from './search-unit';
import { termsOf } from './words';

/** Entries that match every word, in ascending order, each with its score and fields. */
export interface Matches {
  readonly entries: Uint32Array;
  readonly scores: Float32Array;
  /** Bits of `searchFields`. */
  readonly fields: Uint8Array;
}

/** A posting is an entry and the fields in which it has the term, in one number. */
type Postings = number[];

const fieldBits = searchFields.length;
/** How much a field counts, in the order of `searchFields`. */
const weights: Readonly<Record<SearchField, number>> = {
  name: 6,
  folder: 2,
  description: 1,
  annotations: 2,
  assets: 3,
  sql: 1.5,
};
const weightOfFields = Array.from({ length: 1 << fieldBits }, (_, fields) =>
  Math.max(0, ...fieldsOf(fields).map((field) => weights[field])),
);

export class FactoryIndex {
  private readonly terms = new SearchableMap<Postings>();

  private constructor(readonly entries: readonly SearchEntry[]) {}

  /** Other requests of the worker get their turn while it is built. */
  static async build(entries: readonly SearchEntry[]): Promise<FactoryIndex> {
    const index = new FactoryIndex(
      entries.toSorted((one, other) => (one.rowKey < other.rowKey ? -1 : 1)),
    );
    await runInSlices(index.addAll());
    return index;
  }

  get size(): number {
    return this.entries.length;
  }

  private *addAll(): Generator<void, void> {
    for (const [at, entry] of this.entries.entries()) {
      this.add(at, entry);
      yield;
    }
  }

  private add(at: number, entry: SearchEntry): void {
    const fieldsByTerm = new Map<string, number>();
    for (const [bit, field] of searchFields.entries()) {
      const value = entry[field];
      if (value === undefined) continue;
      for (const text of typeof value === 'string' ? [value] : value)
        for (const term of termsOf(text))
          fieldsByTerm.set(term, (fieldsByTerm.get(term) ?? 0) | (1 << bit));
    }
    for (const [term, fields] of fieldsByTerm) {
      const posting = at * (1 << fieldBits) + fields;
      const postings = this.terms.get(term);
      if (postings) postings.push(posting);
      else this.terms.set(term, [posting]);
    }
  }

  search(words: readonly string[]): Matches {
    const { size } = this;
    const scores = new Float32Array(size);
    const fields = new Uint8Array(size);
    const matched = new Uint8Array(size);
    for (const [n, word] of words.entries()) this.addWord(word, n, { scores, fields, matched });
    const found: number[] = [];
    for (let at = 0; at < size; at++) if (matched[at] === words.length) found.push(at);
    return {
      entries: Uint32Array.from(found),
      scores: Float32Array.from(found, (at) => scores[at]! * brevity(this.entries[at]!.name)),
      fields: Uint8Array.from(found, (at) => fields[at]!),
    };
  }

  /** Adds the best score of the word to each entry that matches all words before it, too. */
  private addWord(word: string, before: number, { scores, fields, matched }: Totals): void {
    const best = new Float32Array(this.size);
    for (const [term, closeness] of this.candidates(word))
      for (const posting of this.terms.get(term)!) {
        const at = Math.floor(posting / (1 << fieldBits));
        if (matched[at]! < before) continue;
        const bits = posting % (1 << fieldBits);
        const score = weightOfFields[bits]! * closeness;
        if (score > best[at]!) best[at] = score;
        fields[at]! |= bits;
      }
    for (let at = 0; at < best.length; at++)
      if (best[at]! > 0) {
        scores[at]! += best[at]!;
        matched[at]!++;
      }
  }

  /** Terms that begin with the word, or, if there is none, those with a mistake; with a factor each. */
  private candidates(word: string): [term: string, closeness: number][] {
    if (word.length === 1) return this.terms.has(word) ? [[word, 1]] : [];
    const beginning = Array.from(this.terms.atPrefix(word).keys(), (term): [string, number] => [
      term,
      term === word ? 1 : 0.3 + (0.5 * word.length) / term.length,
    ]);
    if (beginning.length > 0 || word.length < 4) return beginning;
    const similar = this.terms.fuzzyGet(word, word.length < 6 ? 1 : 2);
    return Array.from(similar, ([term, [, distance]]) => [term, 0.4 / (1 + distance)]);
  }
}

interface Totals {
  readonly scores: Float32Array;
  readonly fields: Uint8Array;
  /** Number of words that each entry matches. */
  readonly matched: Uint8Array;
}

/** Of two names with the word, the shorter one is closer to it. */
const brevity = (name: string): number => 1 + 2 / (name.length + 4);

export function fieldsOf(bits: number): SearchField[] {
  return searchFields.filter((_, bit) => bits & (1 << bit));
}
