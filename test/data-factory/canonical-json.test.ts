import fc from 'fast-check';
import { canonicalJson, hashOf } from '../../functions/data-factory/canonical-json';
import type { Json } from '../../functions/data-factory/json';

const json = fc.jsonValue() as fc.Arbitrary<Json>;
/** Longer than the buffer, escaped, of several bytes per character, and without its second half. */
const unusual: readonly Json[] = [
  'é'.repeat(100_000),
  '"\\\u0000\u007f',
  '日本 🏭',
  '\ud800',
  -0,
  1e21,
];

describe('canonicalJson', () => {
  it('preserves the value', () => {
    fc.assert(
      fc.property(json, (value) => expect(JSON.parse(canonicalJson(value))).toEqual(plain(value))),
    );
  });
});

describe('canonicalJson of unusual values', () => {
  it.each(unusual)('equals the text of JSON.stringify', (value) => {
    expect(canonicalJson({ b: [value], a: value })).toBe(JSON.stringify({ a: value, b: [value] }));
  });

  it('writes an undefined member as the word', () => {
    expect(canonicalJson({ a: undefined } as unknown as Json)).toBe('{"a":undefined}');
  });
});

describe('hashOf', () => {
  it('ignores the order of members', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), json), (value) => {
        const reversed = Object.fromEntries(Object.entries(value).reverse());

        expect(hashOf(reversed)).toBe(hashOf(value));
      }),
    );
  });

  it('depends on the order of a list', () => {
    expect(hashOf([1, 2])).not.toBe(hashOf([2, 1]));
  });
});

describe('hashOf with parts', () => {
  it('hashes the whole and each part as if alone', () => {
    fc.assert(
      fc.property(fc.array(fc.dictionary(fc.string(), json), { maxLength: 4 }), (activities) => {
        const whole = { name: 'p', nested: { activities } };
        const parts = new Map<Json, string | undefined>(
          activities.map((each) => [each, undefined]),
        );

        expect(hashOf(whole, parts)).toBe(hashOf(whole));
        expect(activities.map((each) => parts.get(each))).toEqual(
          activities.map((each) => hashOf(each)),
        );
      }),
    );
  });
});

/** Replaces -0, which JSON does not have. */
const plain = (value: Json) => JSON.parse(JSON.stringify(value)) as Json;
