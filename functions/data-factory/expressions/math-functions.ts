/** Arithmetic of the expression language. Results that are not finite are unknown. */
import { isList, type Json } from '../json';

type Functions = Readonly<Record<string, (args: readonly Json[]) => Json | undefined>>;

const numbers = (args: readonly Json[]): readonly number[] | undefined => {
  const list = args.length === 1 && isList(args[0]) ? args[0] : args;
  return list.every((each) => typeof each === 'number') ? (list as number[]) : undefined;
};

const ofTwo =
  (calculate: (one: number, other: number) => number) =>
  ([one, other]: readonly Json[]) =>
    typeof one === 'number' && typeof other === 'number'
      ? finite(calculate(one, other))
      : undefined;

const finite = (number: number) => (Number.isFinite(number) ? number : undefined);

/** Numbers are whole unless one has a fraction. */
const divide = (one: number, other: number) =>
  Number.isInteger(one) && Number.isInteger(other) ? Math.trunc(one / other) : one / other;

export const mathFunctions: Functions = {
  add: ofTwo((one, other) => one + other),
  sub: ofTwo((one, other) => one - other),
  mul: ofTwo((one, other) => one * other),
  div: ofTwo(divide),
  mod: ofTwo((one, other) => one % other),
  max: (args) => extreme(numbers(args), (one, other) => Math.max(one, other)),
  min: (args) => extreme(numbers(args), (one, other) => Math.min(one, other)),
};

const extreme = (
  list: readonly number[] | undefined,
  choose: (one: number, other: number) => number,
) => (list && list.length > 0 ? list.reduce((one, other) => choose(one, other)) : undefined);
