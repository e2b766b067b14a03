/**
 * Validates input with a zod schema and describes every violation in a sentence with a code. The
 * words of zod never reach a caller. A schema may give its own message as a predicate ("must be an
 * IANA time zone"); the name of the field is put before it.
 */
import type { z } from 'zod';
import type { Violation, ViolationCode } from './app-error';

type Issue = z.core.$ZodIssue;
type RawIssue = z.core.$ZodRawIssue;
type Path = readonly PropertyKey[];

export type Validation<T> =
  | { readonly data: T; readonly violations?: never }
  | { readonly data?: never; readonly violations: readonly Violation[] };

export interface InputDescription {
  /** Name of the whole input, as the subject of a sentence: "The body". */
  readonly name: string;
  /** What an entry of the input is called. */
  readonly entry: 'field' | 'parameter' | 'setting';
  readonly pointerTo: (path: Path) => string;
}

/** A response lists no more violations than a person can read. */
export const maxViolations = 50;

/**
 * Parses the value, or returns the first violations, at most `maxViolations`. Details name fields and limits, never the values
 * that were sent.
 */
export function validate<T>(
  schema: z.ZodType<T>,
  value: unknown,
  { name, entry, pointerTo }: InputDescription,
): Validation<T> {
  // The input of an issue distinguishes a missing value from one of the wrong type. It is never
  // returned.
  const result = schema.safeParse(value, { error: predicateOf, reportInput: true });
  if (result.success) return { data: result.data };
  const violations = result.error.issues.slice(0, maxViolations).flatMap((issue) =>
    // An issue about unknown fields names all of them; each is a violation of its own.
    pathsOf(issue).map((path) => ({
      pointer: pointerTo(path),
      code: codeOf(issue),
      detail: `${path.length === 0 ? name : fieldName(path)} ${
        issue.code === 'unrecognized_keys' ? `is not a known ${entry}` : issue.message
      }`,
    })),
  );
  return { violations: violations.slice(0, maxViolations) };
}

const pathsOf = (issue: Issue): readonly Path[] =>
  issue.code === 'unrecognized_keys'
    ? issue.keys.slice(0, maxViolations).map((key) => [...issue.path, key])
    : [issue.path];

/** `schedule.minutes`, `events[2]` */
const fieldName = (path: Path): string =>
  path
    .map((part, index) =>
      typeof part === 'number' ? `[${part}]` : `${index > 0 ? '.' : ''}${String(part)}`,
    )
    .join('');

const isMissing = ({ input, code }: { readonly input?: unknown; readonly code?: string }) =>
  input === undefined && code !== 'unrecognized_keys' && code !== 'custom';

function codeOf(issue: Issue): ViolationCode {
  if (isMissing(issue)) return 'required';
  switch (issue.code) {
    case 'invalid_type':
      return 'wrong_type';
    case 'too_small':
      return tooSmall[kindOf(issue.origin)];
    case 'too_big':
      return tooBig[kindOf(issue.origin)];
    case 'invalid_format':
      return 'invalid_format';
    case 'not_multiple_of':
      return 'not_a_multiple';
    case 'unrecognized_keys':
      return 'unknown_field';
    case 'invalid_value':
      return 'not_allowed';
    case 'invalid_union':
      return issue.discriminator === undefined ? 'no_variant' : 'not_allowed';
    case 'invalid_key':
      return 'invalid_key';
    case 'invalid_element':
      return 'invalid_element';
    case 'custom':
      return 'invalid';
  }
}

const tooSmall = { text: 'too_short', list: 'too_few_items', number: 'too_small' } as const;
const tooBig = { text: 'too_long', list: 'too_many_items', number: 'too_large' } as const;

/** The sentence without its subject. zod calls it where the schema has no message of its own. */
function predicateOf(issue: RawIssue): string {
  if (isMissing(issue)) return 'is required';
  switch (issue.code) {
    case 'invalid_type':
      return typePredicates[issue.expected] ?? `must be of type ${issue.expected}`;
    case 'too_small':
    case 'too_big':
      return rangePredicate(issue);
    case 'invalid_format':
      return formatPredicate(issue);
    case 'not_multiple_of':
      return `must be a multiple of ${issue.divisor}`;
    case 'unrecognized_keys':
      return 'is not known';
    case 'invalid_value':
      return `must be ${oneOf(issue.values)}`;
    case 'invalid_union':
      return unionPredicate(issue);
    case 'invalid_key':
      return 'is not an allowed name';
    case 'invalid_element':
      return 'has an element that is not allowed';
    case 'custom':
      return 'is not valid';
  }
}

const typePredicates: Readonly<Record<string, string>> = {
  string: 'must be a string',
  number: 'must be a number',
  int: 'must be a whole number',
  boolean: 'must be true or false',
  array: 'must be a list',
  tuple: 'must be a list',
  object: 'must be an object',
  record: 'must be an object',
  null: 'must be null',
  date: 'must be a date',
  never: 'must be absent',
  undefined: 'must be absent',
};

const formats: Readonly<Record<string, string>> = {
  email: 'an email address',
  url: 'an absolute URL',
  guid: 'a GUID',
  uuid: 'a UUID',
  datetime: 'an ISO 8601 date and time',
  date: 'an ISO 8601 date',
  time: 'an ISO 8601 time',
  duration: 'an ISO 8601 duration',
  ipv4: 'an IPv4 address',
  ipv6: 'an IPv6 address',
  base64: 'base64 text',
  base64url: 'base64url text',
  json_string: 'JSON text',
};

function formatPredicate(issue: Extract<RawIssue, { code: 'invalid_format' }>): string {
  const { format, prefix, suffix, includes } = issue as typeof issue & Record<string, unknown>;
  if (format === 'starts_with') return `must start with "${String(prefix)}"`;
  if (format === 'ends_with') return `must end with "${String(suffix)}"`;
  if (format === 'includes') return `must contain "${String(includes)}"`;
  const noun = formats[format];
  return noun === undefined ? 'is not in the documented format' : `must be ${noun}`;
}

type RangeIssue = Extract<RawIssue, { code: 'too_small' | 'too_big' }>;
const kindOf = (origin: string): 'text' | 'list' | 'number' =>
  origin === 'string'
    ? 'text'
    : ['array', 'set', 'map', 'file'].includes(origin)
      ? 'list'
      : 'number';

/** Names both limits if the schema has both: "must have 1 to 100 characters". */
function rangePredicate(issue: RangeIssue): string {
  const kind = kindOf(issue.origin);
  const unit = { text: ' character', list: ' item', number: '' }[kind];
  const verb = kind === 'number' ? 'be' : 'have';
  const counted = (limit: number | bigint) =>
    `${limit}${unit && (Number(limit) === 1 ? unit : `${unit}s`)}`;
  const { minimum, maximum } = limitsOf(issue);
  const own = issue.code === 'too_small' ? issue.minimum : issue.maximum;
  if (issue.exact) return `must ${verb} exactly ${counted(own)}`;
  if (issue.inclusive === false)
    return `must ${verb} ${issue.code === 'too_small' ? 'more' : 'less'} than ${counted(own)}`;
  if (minimum !== undefined && maximum !== undefined)
    return `must ${verb} ${minimum === maximum ? counted(maximum) : `${minimum} to ${counted(maximum)}`}`;
  if (kind !== 'number' && issue.code === 'too_small' && Number(own) === 1)
    return 'must not be empty';
  return `must ${verb} at ${issue.code === 'too_small' ? 'least' : 'most'} ${counted(own)}`;
}

/** Inclusive limits of the schema that owns the issue. */
function limitsOf({ schema }: RangeIssue) {
  const checks = (schema?._zod.def.checks ?? []).map(({ _zod }) => _zod.def as CheckDefinition);
  const limit = (named: string, length: string) => {
    const own = checks.find(
      ({ check, inclusive }) => check === length || (check === named && inclusive),
    );
    return own?.minimum ?? own?.maximum ?? own?.value;
  };
  return {
    minimum: limit('greater_than', 'min_length'),
    maximum: limit('less_than', 'max_length'),
  };
}

interface CheckDefinition {
  readonly check: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly value?: number;
  readonly inclusive?: boolean;
}

function unionPredicate(issue: Extract<RawIssue, { code: 'invalid_union' }>): string {
  const options = (issue.options ?? []) as readonly z.core.util.Primitive[];
  if (options.length > 0) return `must be ${oneOf(options)}`;
  return 'matches none of the documented forms';
}

function oneOf(values: readonly z.core.util.Primitive[]): string {
  const names = values.map((value) => (typeof value === 'string' ? `"${value}"` : String(value)));
  return names.length === 1 ? names[0]! : `one of ${names.join(', ')}`;
}
