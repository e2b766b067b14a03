/** The constraints that a route parameter may carry, by the names the platform gives them. */
export type Constraint = (value: string) => boolean;

const matches = (pattern: RegExp) => () => (value: string) => pattern.test(value);
const within = (value: string, least: bigint, most: bigint) =>
  /^[+-]?\d{1,19}$/.test(value) && BigInt(value) >= least && BigInt(value) <= most;
const integer = (bits: bigint) => () => (value: string) =>
  within(value, -(2n ** (bits - 1n)), 2n ** (bits - 1n) - 1n);
const decimalNumber = matches(/^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i);

const constraints: Readonly<Record<string, (...given: string[]) => Constraint>> = {
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
  min: (least) => (value) => within(value, BigInt(least!), 2n ** 63n - 1n),
  max: (most) => (value) => within(value, -(2n ** 63n), BigInt(most!)),
  range: (least, most) => (value) => within(value, BigInt(least!), BigInt(most!)),
  minlength: (least) => (value) => value.length >= Number(least),
  maxlength: (most) => (value) => value.length <= Number(most),
  length:
    (least, most = least) =>
    (value) =>
      value.length >= Number(least) && value.length <= Number(most),
};

/** `int`, `range(1,5)`, `regex(^\d+$)` … An unknown one is refused, as it is in Azure. */
export function constraintOf(text: string): Constraint {
  const [, name = '', argument] = /^(\w+)(?:\((.*)\))?$/s.exec(text) ?? [];
  if (name === 'regex' && argument !== undefined) {
    const pattern = new RegExp(argument, 'i');
    return (value) => pattern.test(value);
  }
  const make = Object.hasOwn(constraints, name) ? constraints[name] : undefined;
  if (!make) throw new Error(`the constraint "${text}" is not known`);
  const given = argument === undefined ? [] : argument.split(',').map((part) => part.trim());
  if (given.some((part) => !/^-?\d+$/.test(part)) || (make.length > 0 && given.length === 0))
    throw new Error(`the constraint "${text}" needs whole numbers`);
  return make(...given);
}
