/** Untyped JSON, and safe access to its fields. */
export type Json = Readonly<Record<string, unknown>>;

export const isJson = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const none: readonly Json[] = [];

/** Returns the objects of a list, or an empty list for any other value. */
export function objects(value: unknown): readonly Json[] {
  if (!Array.isArray(value)) return none;
  const list: readonly unknown[] = value;
  return list.every(isJson) ? list : list.filter(isJson);
}

/** Returns a field of an object. Undefined for any other value. */
export const field = (value: unknown, key: string): unknown =>
  isJson(value) ? value[key] : undefined;

/** Returns an object-valued field, or an empty object. */
export const inner = (value: unknown, key: string): Json => {
  const found = field(value, key);
  return isJson(found) ? found : {};
};

/** Returns a text, number or boolean as text, or an empty text. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}
