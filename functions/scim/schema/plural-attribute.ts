/** Multi-valued complex attributes with the usual sub-attributes (RFC 7643 section 2.4). */
import type { AttributeDefinition } from './attribute';

const display: AttributeDefinition = {
  name: 'display',
  description: 'Name of the value for people.',
};

const primary: AttributeDefinition = {
  name: 'primary',
  type: 'boolean',
  description: 'Whether the value is the preferred one. At most one value is.',
};

const typeOf = (canonicalValues: readonly string[]): AttributeDefinition => ({
  name: 'type',
  description: 'Use of the value.',
  ...(canonicalValues.length > 0 && { canonicalValues }),
});

/** The sub-attributes value, display, type and primary. */
export const pluralAttribute = (
  name: string,
  description: string,
  types: readonly string[],
  value: Partial<AttributeDefinition> = {},
): AttributeDefinition => ({
  name,
  type: 'complex',
  multiValued: true,
  description,
  subAttributes: [
    { name: 'value', description: 'The value.', ...value },
    display,
    typeOf(types),
    primary,
  ],
});

const part = (name: string, description: string): AttributeDefinition => ({ name, description });

export const addresses: AttributeDefinition = {
  name: 'addresses',
  type: 'complex',
  multiValued: true,
  description: 'Postal addresses.',
  subAttributes: [
    part('formatted', 'The whole address, as on a label.'),
    part('streetAddress', 'Street, number and apartment.'),
    part('locality', 'City or locality.'),
    part('region', 'State or region.'),
    part('postalCode', 'Postal code.'),
    part('country', 'Country as two letters of ISO 3166-1.'),
    typeOf(['work', 'home', 'other']),
    primary,
  ],
};
