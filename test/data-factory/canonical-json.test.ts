import fc from 'fast-check';
import { canonicalJson, hashOf } from '../../functions/data-factory/canonical-json';
import type { Json } from '../../functions/data-factory/json';

const json = fc.jsonValue() as fc.Arbitrary<Json>;

describe('canonical JSON', () => {
  it('given any JSON, when it is spelt canonically, then it still means the same', () => {
    fc.assert(
      fc.property(json, (value) => expect(JSON.parse(canonicalJson(value))).toEqual(plain(value))),
    );
  });

  it('given the same members in another order, when they are hashed, then the hash is the same', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), json), (value) => {
        const turned = Object.fromEntries(Object.entries(value).reverse());

        expect(hashOf(turned)).toBe(hashOf(value));
      }),
    );
  });

  it('given a list in another order, when it is hashed, then the hash differs', () => {
    expect(hashOf([1, 2])).not.toBe(hashOf([2, 1]));
  });
});

/** JSON has no minus zero. */
const plain = (value: Json) => JSON.parse(JSON.stringify(value)) as Json;
