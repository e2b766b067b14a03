/**
 * JSON of any size in a table: gzip in binary properties of at most 64 KiB (`body0`, `body1`, …). A
 * body that exceeds one row continues in further rows. Length and hash are stored and checked.
 */
import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { UpstreamError } from '../../errors/app-error';

const maxPropertyBytes = 65_536;
/** 11 properties: below the limit of 1 MiB for a row, even if counted in base64. */
const maxRowBytes = 11 * maxPropertyBytes;

export interface GzipColumns {
  /** Properties of the row itself. */
  readonly own: Readonly<Record<string, Uint8Array | string | number>>;
  /** Properties of the continuation rows, if any. */
  readonly more: readonly Readonly<Record<string, Uint8Array>>[];
}

export function toGzipColumns(json: string): GzipColumns {
  const text = Buffer.from(json, 'utf8');
  const gzipped = gzipSync(text, { level: 5, chunkSize: outputBytes(text.length) });
  const [first, ...more] = chunks(gzipped, maxRowBytes).map(properties);
  return {
    own: {
      ...first,
      bodyLength: text.length,
      bodyHash: sha256(text),
      ...(more.length > 0 && { bodyRows: more.length }),
    },
    more,
  };
}

/**
 * Gzip allocates whole chunks, 16 KiB each unless told otherwise, and returns a view of the last one.
 * JSON of Data Factory takes about a quarter of its bytes.
 */
const outputBytes = (inputBytes: number) =>
  Math.min(Math.max(Math.ceil(inputBytes / 3), 64), 16_384);

/** Takes the rows in order; the first has length and hash. Undefined if there is no body. */
export function fromGzipColumns(
  rows: readonly Readonly<Record<string, unknown>>[],
): string | undefined {
  const [first] = rows;
  if (first?.['bodyHash'] === undefined) return undefined;
  const parts = rows.flatMap((row) => {
    const chunksOfRow: Uint8Array[] = [];
    for (let n = 0; row[`body${n}`] instanceof Uint8Array; n++)
      chunksOfRow.push(row[`body${n}`] as Uint8Array);
    return chunksOfRow;
  });
  const text = unzip(Buffer.concat(parts));
  if (text.length !== first['bodyLength'] || sha256(text) !== first['bodyHash'])
    throw new UpstreamError(
      'body_incomplete',
      'A stored body does not match its hash. Repeat the request.',
      true,
    );
  return text.toString('utf8');
}

/** Rows that are rewritten while they are read may give chunks of two versions. */
function unzip(bytes: Buffer): Buffer {
  try {
    return gunzipSync(bytes);
  } catch (cause) {
    throw new UpstreamError(
      'body_unreadable',
      'A stored body cannot be read. Repeat the request.',
      true,
      cause,
    );
  }
}

const properties = (bytes: Buffer): Record<string, Uint8Array> =>
  Object.fromEntries(chunks(bytes, maxPropertyBytes).map((chunk, n) => [`body${n}`, chunk]));

function chunks(bytes: Buffer, size: number): Buffer[] {
  const count = Math.max(1, Math.ceil(bytes.length / size));
  return Array.from({ length: count }, (_, n) => bytes.subarray(n * size, (n + 1) * size));
}

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('base64url');
