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

describe('keys of the catalogue', () => {
  it('given any name, when it becomes a key, then Table Storage accepts it', () => {
    fc.assert(
      fc.property(anyName, (name) => {
        const key = keyPart(name);

        expect(key).toMatch(/^[^/\\#?%|\p{Cc}]+$/u);
        expect(Buffer.byteLength(key)).toBeLessThanOrEqual(256);
      }),
    );
  });

  it('given two names, when they become keys, then the keys are equal only if the names are, without case', () => {
    fc.assert(
      fc.property(anyName, anyName, (one, other) => {
        expect(keyPart(one) === keyPart(other)).toBe(one.toLowerCase() === other.toLowerCase());
        expect(keyPart(one.toUpperCase().toLowerCase())).toBe(keyPart(one.toUpperCase()));
      }),
    );
  });

  it('given a resource, when its id is read back, then it names the same row', () => {
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
  ])('given the id %j that nobody made, when it is read, then it is nothing', (id) => {
    expect(parseResourceId(id)).toBeUndefined();
  });

  it('given a factory in two spellings, when it is hashed, then it is one', () => {
    const shouted = factoryHash({ subscriptionId: 'S', resourceGroup: 'G', name: 'F' });

    expect(shouted).toBe(factory);
  });
});
