/** JSON that nobody vouches for. */
export type Json = Readonly<Record<string, unknown>>;

export const isJson = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const none: readonly Json[] = [];

/** The objects in a list; empty when it is none. A list of nothing else is given back as it is. */
export function objects(value: unknown): readonly Json[] {
  if (!Array.isArray(value)) return none;
  const list: readonly unknown[] = value;
  return list.every(isJson) ? list : list.filter(isJson);
}

/** What an object holds under a key; undefined when it is no object. */
export const field = (value: unknown, key: string): unknown =>
  isJson(value) ? value[key] : undefined;

/** An object's own object, empty when it is none. */
export const inner = (value: unknown, key: string): Json => {
  const found = field(value, key);
  return isJson(found) ? found : {};
};

/** A value as text; empty for what is none. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}
