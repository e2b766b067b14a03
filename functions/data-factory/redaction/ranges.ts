/**
 * Ranges of a text that hold secrets. Every reader of the folder adds ranges, and the text is cut once at the end. An
 * expression inside a text is one character, the hole: its own literals are judged elsewhere.
 */

/** What a secret becomes. */
export const redacted = '[redacted]';

/** Replaces an expression in an assembled text (U+FFFC, object replacement character). */
export const hole = '\uFFFC';

/** Quotes of a literal that are written twice have a filler. It becomes a space outside the quotes. */
export const withoutFillers = (text: string): string =>
  text.includes('\0') ? text.replace(/'\0(?=[^\s,;)\]])/g, " '").replaceAll('\0', ' ') : text;

export interface Range {
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
}

/** Adds a range. Empty ranges are ignored. */
export type AddRange = (start: number, end: number) => void;

/** Adds ranges of a part as ranges of the text that contains it. */
export const shifted =
  (add: AddRange, by: number): AddRange =>
  (start, end) =>
    add(start + by, end + by);

/** Sorted ranges without overlaps. */
export function merged(ranges: readonly Range[]): Range[] {
  if (ranges.length < 2) return [...ranges];
  const result: { start: number; end: number }[] = [];
  for (const { start, end } of [...ranges].sort((a, b) => a.start - b.start)) {
    const last = result.at(-1);
    if (last && start <= last.end) last.end = Math.max(last.end, end);
    else result.push({ start, end });
  }
  return result;
}

/** Widens ranges over marks that the text already has, so that a second reading changes nothing. */
export function overMarks(text: string, ranges: readonly Range[]): readonly Range[] {
  if (!text.includes(redacted)) return ranges;
  const touched: Range[] = [];
  let next = 0;
  for (let start = text.indexOf(redacted); start >= 0; start = text.indexOf(redacted, start + 1)) {
    const end = start + redacted.length;
    while (next < ranges.length && ranges[next]!.end <= start) next++;
    if (next < ranges.length && ranges[next]!.start < end) touched.push({ start, end });
  }
  return merged([...ranges, ...touched]);
}

/** Cuts parts that stay readable out of ranges. Both are sorted and do not overlap. */
export function without(ranges: readonly Range[], readable: readonly Range[]): readonly Range[] {
  if (readable.length === 0) return ranges;
  const result: Range[] = [];
  let next = 0;
  for (const { start, end } of ranges) {
    while (next < readable.length && readable[next]!.end <= start) next++;
    let from = start;
    for (let index = next; index < readable.length && readable[index]!.start < end; index++) {
      if (readable[index]!.start > from) result.push({ start: from, end: readable[index]!.start });
      from = readable[index]!.end;
    }
    if (from < end) result.push({ start: from, end });
  }
  return result;
}

/** Replaces each of the merged ranges by the mark. */
export function withoutRanges(text: string, ranges: readonly Range[]): string {
  let result = '';
  let from = 0;
  for (const { start, end } of ranges) {
    result += text.slice(from, start) + redacted;
    from = end;
  }
  return result + text.slice(from);
}

/** Index of the first character of a set at or after a position, or the length of the text. */
export type NextOf = (from: number) => number;

/** Remembers the last match, so that a scan that moves forward reads each character once. */
export function nextOf(text: string, characters: RegExp): NextOf {
  const pattern = new RegExp(characters, 'g');
  let searchedFrom = 0;
  let found = -1;
  return (from) => {
    if (found >= from && searchedFrom <= from) return found;
    pattern.lastIndex = from;
    searchedFrom = from;
    found = pattern.exec(text)?.index ?? text.length;
    return found;
  };
}
