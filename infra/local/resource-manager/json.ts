/** JSON that nobody vouches for. */
export type Json = Readonly<Record<string, unknown>>;

export const isJson = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The objects in a list; empty when it is none. */
export const objects = (value: unknown): readonly Json[] =>
  Array.isArray(value) ? value.filter(isJson) : [];

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
