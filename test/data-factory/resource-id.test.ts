import fc from 'fast-check';
import {
  factoryHash,
  keyPart,
  parseResourceId,
  resourceId,
  rowKeyOf,
} from '../../functions/data-factory/resource-id';
import { resourceKind } from '../../functions/data-factory/resource';

const anyName = fc.string({ unit: 'binary', minLength: 1, maxLength: 300 });
const factory = factoryHash({ subscriptionId: 's', resourceGroup: 'g', name: 'f' });

describe('keyPart', () => {
  it('returns a valid key of Table Storage for any name', () => {
    fc.assert(
      fc.property(anyName, (name) => {
        const key = keyPart(name);

        expect(key).toMatch(/^[^/\\#?%|\p{Cc}]+$/u);
        expect(Buffer.byteLength(key)).toBeLessThanOrEqual(256);
      }),
    );
  });

  it('returns equal keys exactly for names that are equal without case', () => {
    fc.assert(
      fc.property(anyName, anyName, (one, other) => {
        expect(keyPart(one) === keyPart(other)).toBe(one.toLowerCase() === other.toLowerCase());
        expect(keyPart(one.toUpperCase().toLowerCase())).toBe(keyPart(one.toUpperCase()));
      }),
    );
  });
});

describe('parseResourceId', () => {
  it('returns the row that resourceId was made from', () => {
    fc.assert(
      fc.property(fc.constantFrom(...resourceKind.options), anyName, (kind, name) => {
        const rowKey = rowKeyOf(kind, name);
        const id = resourceId(factory, rowKey);

        expect(id).toMatch(/^[\w-]+$/);
        expect(parseResourceId(id)).toEqual({ factory, rowKey, kind });
      }),
    );
  });

  it.each([
    '',
    'x',
    factory,
    `${factory}*`,
    resourceId(factory, 'body|pipeline|x|0'),
    resourceId(factory, "pipeline|x' or 1 eq 1"),
    resourceId(factory.toUpperCase(), 'pipeline|x'),
  ])('returns undefined for %j', (id) => {
    expect(parseResourceId(id)).toBeUndefined();
  });
});

describe('factoryHash', () => {
  it('ignores case', () => {
    const upperCase = factoryHash({ subscriptionId: 'S', resourceGroup: 'G', name: 'F' });

    expect(upperCase).toBe(factory);
  });
});
