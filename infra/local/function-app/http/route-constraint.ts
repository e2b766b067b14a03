/** Constraints of route parameters, by the names of the Functions platform. */
export type Constraint = (value: string) => boolean;

const matches = (pattern: RegExp) => () => (value: string) => pattern.test(value);
const within = (value: string, min: bigint, max: bigint) =>
  /^[+-]?\d{1,19}$/.test(value) && BigInt(value) >= min && BigInt(value) <= max;
const integer = (bits: bigint) => () => (value: string) =>
  within(value, -(2n ** (bits - 1n)), 2n ** (bits - 1n) - 1n);
const decimalNumber = matches(/^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i);

const constraints: Readonly<Record<string, (...args: string[]) => Constraint>> = {
  int: integer(32n),
  long: integer(64n),
  bool: matches(/^(true|false)$/i),
  decimal: decimalNumber,
  double: decimalNumber,
  float: decimalNumber,
  alpha: matches(/^[a-z]*$/i),
  guid: matches(/^(\{?[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}\}?|[\da-f]{32})$/i),
  datetime: () => (value) => !Number.isNaN(Date.parse(value)),
  required: () => (value) => value !== '',
  min: (min) => (value) => within(value, BigInt(min!), 2n ** 63n - 1n),
  max: (max) => (value) => within(value, -(2n ** 63n), BigInt(max!)),
  range: (min, max) => (value) => within(value, BigInt(min!), BigInt(max!)),
  minlength: (min) => (value) => value.length >= Number(min),
  maxlength: (max) => (value) => value.length <= Number(max),
  length:
    (min, max = min) =>
    (value) =>
      value.length >= Number(min) && value.length <= Number(max),
};

/**
 * Parses `int`, `range(1,5)`, `regex(^\d+$)` and so on. Throws for an unknown constraint, as Azure
 * does.
 */
export function constraintOf(text: string): Constraint {
  const [, name = '', argument] = /^(\w+)(?:\((.*)\))?$/s.exec(text) ?? [];
  if (name === 'regex' && argument !== undefined) {
    const pattern = new RegExp(argument, 'i');
    return (value) => pattern.test(value);
  }
  const make = Object.hasOwn(constraints, name) ? constraints[name] : undefined;
  if (!make) throw new Error(`the constraint "${text}" is not known`);
  const args = argument === undefined ? [] : argument.split(',').map((part) => part.trim());
  if (args.some((part) => !/^-?\d+$/.test(part)) || (make.length > 0 && args.length === 0))
    throw new Error(`the constraint "${text}" needs whole numbers`);
  return make(...args);
}
