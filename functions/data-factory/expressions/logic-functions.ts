/** Comparisons and conversions of the expression language. */
import type { Json } from '../json';
import { inEitherCase, sameJson } from './collection-functions';

type Functions = Readonly<Record<string, (args: readonly Json[]) => Json | undefined>>;

export const logicFunctions: Functions = {
  equals: ([one = null, other = null]) =>
    typeof one === 'string' && typeof other === 'string'
      ? inEitherCase(one, other, (a, b) => a === b)
      : sameJson(one, other),
  not: ([value]) => (typeof value === 'boolean' ? !value : undefined),
  xor: ([one, other]) =>
    typeof one === 'boolean' && typeof other === 'boolean' ? one !== other : undefined,
  greater: (args) => compare(args, (order) => order > 0),
  greaterorequals: (args) => compare(args, (order) => order >= 0),
  less: (args) => compare(args, (order) => order < 0),
  lessorequals: (args) => compare(args, (order) => order <= 0),
  bool: ([value]) =>
    typeof value === 'boolean'
      ? value
      : typeof value === 'number'
        ? value !== 0
        : typeof value === 'string' && /^(true|false)$/i.test(value)
          ? value.toLowerCase() === 'true'
          : undefined,
  int: ([value]) => toNumber(value, /^\s*[+-]?\d+\s*$/, Math.trunc),
  float: ([value]) => toNumber(value, /^\s*[+-]?\d+(\.\d+)?([eE][+-]?\d+)?\s*$/, (n) => n),
};

function compare([one, other]: readonly Json[], accept: (order: number) => boolean) {
  if (typeof one === 'number' && typeof other === 'number') return accept(one - other);
  if (typeof one === 'string' && typeof other === 'string')
    return accept(one < other ? -1 : one > other ? 1 : 0);
  return undefined;
}

function toNumber(value: Json | undefined, form: RegExp, round: (n: number) => number) {
  const number =
    typeof value === 'number'
      ? value
      : typeof value === 'string' && form.test(value)
        ? +value
        : NaN;
  return Number.isFinite(number) ? round(number) : undefined;
}
