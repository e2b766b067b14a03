import { z } from 'zod';
import { violationCodes, type ViolationCode } from '../../functions/errors/app-error';
import { validate } from '../../functions/errors/violations';

const description = {
  name: 'The body',
  entry: 'field' as const,
  pointerTo: (path: readonly PropertyKey[]) => path.map((part) => `/${String(part)}`).join(''),
};
const violationsOf = (schema: z.ZodType, value: unknown) =>
  validate(schema, value, description).violations ?? [];

/** Schema of the field `a`, its value, the code and the predicate of the detail. */
const rows: readonly (readonly [z.ZodType, unknown, ViolationCode, string])[] = [
  [z.string(), undefined, 'required', 'is required'],
  [z.int(), undefined, 'required', 'is required'],
  [z.enum(['x', 'y']), undefined, 'required', 'is required'],
  [z.string(), null, 'wrong_type', 'must be a string'],
  [z.string(), 7, 'wrong_type', 'must be a string'],
  [z.number(), '7', 'wrong_type', 'must be a number'],
  [z.coerce.number(), 'x', 'wrong_type', 'must be a number'],
  [z.int(), 1.5, 'wrong_type', 'must be a whole number'],
  [z.boolean(), 'true', 'wrong_type', 'must be true or false'],
  [z.array(z.string()), {}, 'wrong_type', 'must be a list'],
  [z.object({}), [], 'wrong_type', 'must be an object'],
  [z.record(z.string(), z.string()), 1, 'wrong_type', 'must be an object'],
  [z.null(), 1, 'wrong_type', 'must be null'],
  [z.bigint(), 1, 'wrong_type', 'must be of type bigint'],
  [z.string().min(1).max(100), '', 'too_short', 'must have 1 to 100 characters'],
  [z.string().min(1).max(3), 'long', 'too_long', 'must have 1 to 3 characters'],
  [z.string().min(1), '', 'too_short', 'must not be empty'],
  [z.string().min(2), 'a', 'too_short', 'must have at least 2 characters'],
  [z.string().max(1), 'ab', 'too_long', 'must have at most 1 character'],
  [z.string().length(2), 'abc', 'too_long', 'must have exactly 2 characters'],
  [z.array(z.int()).min(1).max(2), [], 'too_few_items', 'must have 1 to 2 items'],
  [z.array(z.int()).max(1), [1, 2], 'too_many_items', 'must have at most 1 item'],
  [z.array(z.int()).min(1), [], 'too_few_items', 'must not be empty'],
  [z.int().min(1).max(100), 0, 'too_small', 'must be 1 to 100'],
  [z.int().min(1).max(100), 101, 'too_large', 'must be 1 to 100'],
  [z.int().min(5), 4, 'too_small', 'must be at least 5'],
  [z.number().max(5), 6, 'too_large', 'must be at most 5'],
  [z.number().positive(), 0, 'too_small', 'must be more than 0'],
  [z.number().lt(5), 5, 'too_large', 'must be less than 5'],
  [z.number().multipleOf(5), 7, 'not_a_multiple', 'must be a multiple of 5'],
  [z.email(), 'x', 'invalid_format', 'must be an email address'],
  [z.url(), 'x', 'invalid_format', 'must be an absolute URL'],
  [z.guid(), 'x', 'invalid_format', 'must be a GUID'],
  [z.iso.datetime(), 'x', 'invalid_format', 'must be an ISO 8601 date and time'],
  [z.iso.date(), 'x', 'invalid_format', 'must be an ISO 8601 date'],
  [z.string().startsWith('x'), 'y', 'invalid_format', 'must start with "x"'],
  [z.string().endsWith('x'), 'y', 'invalid_format', 'must end with "x"'],
  [z.string().includes('x'), 'y', 'invalid_format', 'must contain "x"'],
  [z.string().regex(/x/), 'y', 'invalid_format', 'is not in the documented format'],
  [z.string().regex(/x/, 'must be x'), 'y', 'invalid_format', 'must be x'],
  [z.enum(['x', 'y']), 'z', 'not_allowed', 'must be one of "x", "y"'],
  [z.literal(7), 8, 'not_allowed', 'must be 7'],
  [z.union([z.string(), z.int()]), true, 'no_variant', 'matches none of the documented forms'],
  [
    z.union([z.guid(), z.email()], { error: 'must be a GUID or an email address' }),
    'x',
    'no_variant',
    'must be a GUID or an email address',
  ],
  [
    z.record(z.enum(['x']), z.int()).or(z.never()),
    1,
    'no_variant',
    'matches none of the documented forms',
  ],
  [z.map(z.string(), z.int()), 1, 'wrong_type', 'must be of type map'],
  [z.string().refine(() => false), 'x', 'invalid', 'is not valid'],
  [z.string().refine(() => false, 'must be even'), 'x', 'invalid', 'must be even'],
];

describe('validate', () => {
  it('returns the parsed data of a valid value', () => {
    expect(validate(z.object({ a: z.coerce.number() }), { a: '7' }, description)).toEqual({
      data: { a: 7 },
    });
  });

  it.each(rows.map(([schema, value, ...rest]) => [...rest, schema, value] as const))(
    'returns %s: %s',
    (code, predicate, schema, value) => {
      expect(violationsOf(z.object({ a: schema }), { a: value })).toEqual([
        { pointer: '/a', code, detail: `a ${predicate}` },
      ]);
    },
  );

  it('names every unknown field', () => {
    expect(violationsOf(z.strictObject({}), { x: 1, y: 2 })).toEqual([
      { pointer: '/x', code: 'unknown_field', detail: 'x is not a known field' },
      { pointer: '/y', code: 'unknown_field', detail: 'y is not a known field' },
    ]);
  });

  it('names the allowed values of a discriminator', () => {
    const schema = z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('x') }),
      z.object({ kind: z.literal('y') }),
    ]);

    expect(violationsOf(schema, { kind: 'z' })).toEqual([
      { pointer: '/kind', code: 'not_allowed', detail: 'kind must be one of "x", "y"' },
    ]);
  });

  it('names the entry whose key is not allowed', () => {
    expect(violationsOf(z.record(z.string().max(1), z.int()), { ab: 1 })).toEqual([
      { pointer: '/ab', code: 'invalid_key', detail: 'ab is not an allowed name' },
    ]);
  });

  it('names the element of a map that is not allowed', () => {
    const schema = z.object({ a: z.map(z.object({}), z.int()) });

    expect(violationsOf(schema, { a: new Map([[{}, 'x']]) })).toEqual([
      { pointer: '/a', code: 'invalid_element', detail: 'a has an element that is not allowed' },
    ]);
  });

  it('names the path of a nested field', () => {
    const schema = z.object({ a: z.array(z.object({ b: z.string() })) });

    expect(violationsOf(schema, { a: [{ b: 'x' }, {}] })).toEqual([
      { pointer: '/a/1/b', code: 'required', detail: 'a[1].b is required' },
    ]);
  });

  it('names the whole input when no field is at fault', () => {
    expect(violationsOf(z.object({}), [])).toEqual([
      { pointer: '', code: 'wrong_type', detail: 'The body must be an object' },
    ]);
  });

  it('never repeats the value that was sent', () => {
    const schema = z.object({ a: z.enum(['x']), b: z.email(), c: z.string().max(1) });
    const secret = 'hunter2-hunter2';

    expect(JSON.stringify(violationsOf(schema, { a: secret, b: secret, c: secret }))).not.toContain(
      secret,
    );
  });

  it('covers every code but that of repeated parameters', () => {
    const others = ['unknown_field', 'invalid_key', 'invalid_element', 'repeated'];

    expect(new Set([...rows.map(([, , code]) => code), ...others])).toEqual(
      new Set(Object.keys(violationCodes)),
    );
  });
});
