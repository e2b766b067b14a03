/**
 * JSON of any size in a table: gzip in binary properties of at most 64 KiB (`body0`, `body1`, …), and what exceeds a
 * row in further rows. Length and hash are kept beside it and checked on reading.
 */
import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { UpstreamError } from '../../errors/app-error';

const propertyInBytes = 65_536;
/** 11 properties: even counted in base64, as some do, a row stays below its limit of 1 MiB. */
const rowInBytes = 11 * propertyInBytes;

export interface GzipColumns {
  /** Properties of the row itself. */
  readonly own: Readonly<Record<string, Uint8Array | string | number>>;
  /** Properties of the rows that follow it, if any. */
  readonly more: readonly Readonly<Record<string, Uint8Array>>[];
}

export function toGzipColumns(json: string): GzipColumns {
  const text = Buffer.from(json, 'utf8');
  // A copy of its own length: what gzip gives is a view of 16 KiB at least.
  const zipped = Buffer.from(gzipSync(text, { level: 5 }));
  const [first, ...rest] = chunks(zipped, rowInBytes).map(properties);
  return {
    own: {
      ...first,
      bodyLength: text.length,
      bodyHash: sha256(text),
      ...(rest.length > 0 && { bodyRows: rest.length }),
    },
    more: rest,
  };
}

/** The rows in order, the first with the length and hash. Undefined when it holds no body at all. */
export function fromGzipColumns(
  rows: readonly Readonly<Record<string, unknown>>[],
): string | undefined {
  const [first] = rows;
  if (first?.['bodyHash'] === undefined) return undefined;
  const parts = rows.flatMap((row) => {
    const found: Uint8Array[] = [];
    for (let n = 0; row[`body${n}`] instanceof Uint8Array; n++)
      found.push(row[`body${n}`] as Uint8Array);
    return found;
  });
  const text = unzipped(Buffer.concat(parts));
  if (text.length !== first['bodyLength'] || sha256(text) !== first['bodyHash'])
    throw new UpstreamError('body_incomplete', 'A stored body is not what was written.', true);
  return text.toString('utf8');
}

/** A row that is being rewritten while it is read may give parts that do not belong together. */
function unzipped(bytes: Buffer): Buffer {
  try {
    return gunzipSync(bytes);
  } catch (cause) {
    throw new UpstreamError('body_unreadable', 'A stored body cannot be read.', true, cause);
  }
}

const properties = (bytes: Buffer): Record<string, Uint8Array> =>
  Object.fromEntries(chunks(bytes, propertyInBytes).map((chunk, n) => [`body${n}`, chunk]));

function chunks(bytes: Buffer, size: number): Buffer[] {
  const count = Math.max(1, Math.ceil(bytes.length / size));
  return Array.from({ length: count }, (_, n) => bytes.subarray(n * size, (n + 1) * size));
}

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('base64url');
