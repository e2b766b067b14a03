/** Functions of the expression language for lists and objects. */
import { getField, isList, isObject, type Json } from '../json';
import { textOf } from './value';

/** A longer list is unknown. Data Factory runs at most 100,000 items of a ForEach. */
const maxListLength = 10_000;

type Functions = Readonly<Record<string, (args: readonly Json[]) => Json | undefined>>;

export const collectionFunctions: Functions = {
  createarray: (args) => args,
  array: ([value = null]) => [value],
  length: ([value]) => (typeof value === 'string' || isList(value) ? value.length : undefined),
  empty: ([value]) =>
    value === null
      ? true
      : typeof value === 'string' || isList(value)
        ? value.length === 0
        : isObject(value)
          ? Object.keys(value).length === 0
          : undefined,
  first: ([value]) => (typeof value === 'string' || isList(value) ? value[0] : undefined),
  last: ([value]) => (typeof value === 'string' || isList(value) ? value.at(-1) : undefined),
  take: ([value, count]) =>
    (typeof value === 'string' || isList(value)) && typeof count === 'number'
      ? value.slice(0, Math.max(0, count))
      : undefined,
  skip: ([value, count]) =>
    (typeof value === 'string' || isList(value)) && typeof count === 'number'
      ? value.slice(Math.max(0, count))
      : undefined,
  join: ([list, separator]) =>
    isList(list) && typeof separator === 'string' ? list.map(textOf).join(separator) : undefined,
  contains: ([whole, part = null]) =>
    typeof whole === 'string'
      ? inEitherCase(whole, textOf(part), (one, other) => one.includes(other))
      : isList(whole)
        ? whole.some((each) => sameJson(each, part))
        : isObject(whole)
          ? getField(whole, textOf(part)) !== undefined
          : undefined,
  union: (args) =>
    args.every(isList)
      ? distinct(args.flat() as Json[])
      : args.every(isObject)
        ? Object.assign({}, ...args)
        : undefined,
  intersection: ([one, ...others]) =>
    isList(one) && others.every(isList)
      ? distinct(one.filter((each) => others.every((list) => includesJson(list, each))))
      : undefined,
  range: ([start, count]) =>
    typeof start === 'number' &&
    typeof count === 'number' &&
    Number.isInteger(count) &&
    count >= 0 &&
    count <= maxListLength
      ? Array.from({ length: count }, (_, n) => start + n)
      : undefined,
  json: ([text]) => (typeof text === 'string' ? parsed(text) : text),
};

/** Undefined if the result depends on whether case counts, which is not documented for all functions. */
export function inEitherCase(
  one: string,
  other: string,
  compare: (one: string, other: string) => boolean,
): boolean | undefined {
  const result = compare(one, other);
  return compare(one.toLowerCase(), other.toLowerCase()) === result ? result : undefined;
}

export const sameJson = (one: Json, other: Json): boolean =>
  one === other || JSON.stringify(one) === JSON.stringify(other);

const includesJson = (list: readonly Json[], value: Json) =>
  list.some((each) => sameJson(each, value));

const distinct = (list: readonly Json[]): Json[] => [
  ...new Map(list.map((each) => [JSON.stringify(each), each])).values(),
];

function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}
