/** Pages by index (RFC 7644 section 3.4.2.4) and by cursor (RFC 9865). */
import type { JsonValue } from '../json';
import { limits } from '../limits';
import { ScimError, type ScimReason } from '../scim-error';

export type Paging =
  /** `startIndex` counts from 1; `count` may be 0. */
  | { readonly method: 'index'; readonly startIndex: number; readonly count: number }
  /** The first page has no cursor. `count` is at least 1. */
  | { readonly method: 'cursor'; readonly cursor?: string; readonly count: number };

export interface PagingParameters {
  readonly startIndex?: JsonValue;
  readonly count?: JsonValue;
  readonly cursor?: JsonValue;
}

/** Numbers may be texts, as in a query string. Throws ScimError. */
export function parsePaging({ startIndex, count, cursor }: PagingParameters): Paging {
  if (cursor === undefined || cursor === null) {
    const first = toInteger('startIndex', startIndex ?? 1, 'invalidValue');
    const size = toInteger('count', count ?? limits.defaultPageSize, 'invalidValue');
    return { method: 'index', startIndex: Math.max(first, 1), count: clamp(size, 0) };
  }
  if (startIndex !== undefined && startIndex !== null)
    throw new ScimError(
      'invalidCursor',
      'cursor and startIndex exclude each other. Send one of them.',
      'cursor',
    );
  if (typeof cursor !== 'string')
    throw new ScimError('invalidCursor', 'cursor must be a text. Send nextCursor.', 'cursor');
  const size = toInteger('count', count ?? limits.defaultPageSize, 'invalidCount');
  if (size < 1)
    throw new ScimError(
      'invalidCount',
      `count must be between 1 and ${limits.pageSize} in a page by cursor.`,
      'count',
    );
  return { method: 'cursor', count: clamp(size, 1), ...(cursor !== '' && { cursor }) };
}

const clamp = (size: number, least: number) => Math.min(Math.max(size, least), limits.pageSize);

function toInteger(name: string, value: JsonValue, reason: ScimReason): number {
  const isText = typeof value === 'string' && value.trim() !== '' && value.length <= 16;
  const number = isText ? Number(value) : value;
  if (typeof number === 'number' && Number.isSafeInteger(number)) return number;
  throw new ScimError(reason, `${name} must be a whole number.`, name);
}

/** One page of a list that is complete in memory. */
export function pageByIndex<T>(
  items: readonly T[],
  startIndex: number,
  count: number,
): readonly T[] {
  return items.slice(startIndex - 1, startIndex - 1 + count);
}
