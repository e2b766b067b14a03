import fc from 'fast-check';
import { canonicalJson, hashOf } from '../../functions/data-factory/canonical-json';
import type { Json } from '../../functions/data-factory/json';

const json = fc.jsonValue() as fc.Arbitrary<Json>;

describe('canonicalJson', () => {
  it('preserves the value', () => {
    fc.assert(
      fc.property(json, (value) => expect(JSON.parse(canonicalJson(value))).toEqual(plain(value))),
    );
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

/** Replaces -0, which JSON does not have. */
const plain = (value: Json) => JSON.parse(JSON.stringify(value)) as Json;
