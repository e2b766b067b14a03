/** Reads JSON of unknown shape. Data Factory spells keys in any case, so look-ups ignore case. */

/** JSON as Data Factory returned it. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export type JsonObject = { readonly [key: string]: Json };

export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const isList = (value: Json | undefined): value is readonly Json[] => Array.isArray(value);

/** Value of a key, looked up without case. The exact spelling wins. */
export function getField(value: Json | undefined, name: string): Json | undefined {
  const key = findKey(value, name);
  return key === undefined ? undefined : (value as JsonObject)[key];
}

/** The spelling of an ASCII key in this object. */
export function findKey(value: Json | undefined, name: string): string | undefined {
  if (!isObject(value)) return undefined;
  if (Object.hasOwn(value, name)) return name;
  const { length } = name;
  let wanted: string | undefined;
  for (const candidate of Object.keys(value)) {
    // Names of Data Factory are ASCII, which has the same length in any case.
    if (candidate.length !== length) continue;
    wanted ??= name.toLowerCase();
    if (candidate.toLowerCase() === wanted) return candidate;
  }
  return undefined;
}

/** JSON Pointer (RFC 6901). */
export function pointerOf(path: readonly (string | number)[]): string {
  let pointer = '';
  for (const part of path) pointer += `/${typeof part === 'number' ? part : escapePart(part)}`;
  return pointer;
}

const escapePart = (part: string): string =>
  /[~/]/.test(part) ? part.replaceAll('~', '~0').replaceAll('/', '~1') : part;

export const getText = (value: Json | undefined, name: string): string | undefined => {
  const found = getField(value, name);
  return typeof found === 'string' ? found : undefined;
};
