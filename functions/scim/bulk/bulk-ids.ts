/**
 * References to resources that the same bulk request creates (RFC 7644 section 3.7.2): a text
 * `bulkId:x` anywhere in the data stands for the id of the resource.
 */
import { isList, isObject, type JsonObject, type JsonValue } from '../json';

const prefix = 'bulkId:';

const bulkIdOf = (text: string): string | undefined =>
  text.startsWith(prefix) ? text.slice(prefix.length) : undefined;

/** The depth is bounded: body.ts refuses deeper JSON. */
export function bulkIdsIn(value: JsonValue): readonly string[] {
  if (typeof value === 'string') return [bulkIdOf(value)].filter((id) => id !== undefined);
  if (isList(value)) return value.flatMap(bulkIdsIn);
  return isObject(value) ? Object.values(value).flatMap(bulkIdsIn) : [];
}

/** Puts ids in the place of references. A reference without an id stays. */
export function withIds<Value extends JsonValue>(
  value: Value,
  ids: ReadonlyMap<string, string>,
): Value {
  return replaced(value, ids) as Value;
}

function replaced(value: JsonValue, ids: ReadonlyMap<string, string>): JsonValue {
  if (typeof value === 'string') {
    const bulkId = bulkIdOf(value);
    return (bulkId !== undefined && ids.get(bulkId)) || value;
  }
  if (isList(value)) return value.map((one) => replaced(one, ids));
  if (!isObject(value)) return value;
  const entries = Object.entries(value).map(([key, child]) => [key, replaced(child, ids)] as const);
  return Object.fromEntries(entries) satisfies JsonObject;
}
