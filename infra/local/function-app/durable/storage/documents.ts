/**
 * Texts of any length as table rows. A property holds 64 KiB and a row 1 MiB, so long text is
 * compressed and split over columns and rows. Short text stays readable.
 */
import { gunzipSync, gzipSync } from 'node:zlib';

export interface Row {
  readonly partitionKey: string;
  readonly rowKey: string;
  readonly [column: string]: unknown;
}

/** A character of a text property takes two bytes. */
export const maxInlineCharacters = 16 * 1024;
const columnBytes = 60 * 1024;
const columnsPerRow = 12;

export function toRows(partitionKey: string, key: string, text: string, more: object = {}): Row[] {
  if (text.length <= maxInlineCharacters)
    return [{ partitionKey, rowKey: key, ...more, rows: 1, text }];
  const columns = slices(gzipSync(text), columnBytes);
  const groups = Array.from({ length: Math.ceil(columns.length / columnsPerRow) }, (_, index) =>
    columns.slice(index * columnsPerRow, (index + 1) * columnsPerRow),
  );
  return groups.map((group, index) => ({
    partitionKey,
    rowKey: index === 0 ? key : `${key}+${index}`,
    ...(index === 0 && more),
    rows: groups.length,
    ...Object.fromEntries(group.map((bytes, column) => [`part${pad(column)}`, bytes])),
  }));
}

/** Reads a text from the rows of a partition, by row key. */
export function readText(rows: ReadonlyMap<string, Row>, key: string): string | undefined {
  const first = rows.get(key);
  if (!first) return undefined;
  if (typeof first['text'] === 'string') return first['text'];
  const parts = Array.from({ length: Number(first['rows']) }, (_, index) => {
    const row = index === 0 ? first : rows.get(`${key}+${index}`);
    if (!row) throw new Error(`A part of ${key} of instance ${first.partitionKey} is missing.`);
    return columnsOf(row);
  });
  return gunzipSync(Buffer.concat(parts.flat())).toString('utf8');
}

const columnsOf = (row: Row) =>
  Array.from({ length: columnsPerRow }, (_, column) => row[`part${pad(column)}`]).filter(
    (bytes) => bytes instanceof Uint8Array,
  );

const pad = (column: number) => String(column).padStart(2, '0');

const slices = (bytes: Buffer, size: number) =>
  Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
    bytes.subarray(index * size, (index + 1) * size),
  );
