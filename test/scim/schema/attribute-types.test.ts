/** Types that no attribute of a User or Group has, but a schema may have. */
import { coerce } from '../../../functions/scim/coerce';
import { comparison } from '../../../functions/scim/filter/comparison';
import { matches } from '../../../functions/scim/filter/evaluate';
import type { JsonValue } from '../../../functions/scim/json';
import { profiles } from '../../../functions/scim/profile';
import { createSchema } from '../../../functions/scim/schema/attribute';
import { scimErrorOf } from '../support/resources';

const schema = createSchema({
  id: 'urn:test',
  name: 'Test',
  description: 'Test.',
  attributes: [
    { name: 'level', type: 'integer', description: 'Level.' },
    { name: 'share', type: 'decimal', description: 'Share.' },
    { name: 'hiredAt', type: 'dateTime', description: 'Time.' },
  ],
});
const attribute = (name: string) => schema.attributes.get(name.toLowerCase())!;

describe('coerce', () => {
  it.each([
    ['level', 3],
    ['share', 0.5],
    ['hiredAt', '2026-01-01T00:00:00Z'],
  ])('keeps %s', (name, value) => {
    expect(coerce(attribute(name), value, profiles.strict)).toBe(value);
  });

  it.each<[string, JsonValue]>([
    ['level', 0.5],
    ['level', '3'],
    ['share', true],
    ['hiredAt', '2026-01-01'],
    ['hiredAt', 5],
  ])('refuses %s with another value: %j', (name, value) => {
    expect(scimErrorOf(() => coerce(attribute(name), value, profiles.entra))).toMatchObject({
      scimType: 'invalidValue',
      attribute: name,
    });
  });
});

describe('comparison', () => {
  it.each([
    ['level', 'gt', 9, true],
    ['level', 'le', 9, false],
    ['share', 'eq', 0.5, true],
  ] as const)('compares %s as a number: %s %d', (name, operator, literal, expected) => {
    const filter = comparison(attribute(name), operator, literal, profiles.strict);

    expect(matches(filter, { level: 10, share: 0.5 })).toBe(expected);
  });

  it.each([
    ['level', 'co', 1],
    ['level', 'eq', '1'],
    ['share', 'sw', 0],
  ] as const)('refuses %s %s %j', (name, operator, literal) => {
    const work = () => comparison(attribute(name), operator, literal, profiles.entra);

    expect(scimErrorOf(work).scimType).toBe('invalidFilter');
  });
});
