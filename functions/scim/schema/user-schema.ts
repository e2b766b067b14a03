/** The User schema (RFC 7643 sections 4.1 and 8.7.1). */
import { createSchema, type AttributeDefinition } from './attribute';
import { addresses, pluralAttribute } from './plural-attribute';

const text = (name: string, description: string): AttributeDefinition => ({ name, description });

export const userSchema = createSchema({
  id: 'urn:ietf:params:scim:schemas:core:2.0:User',
  name: 'User',
  description: 'A person or service that an identity provider provisions.',
  attributes: [
    {
      name: 'userName',
      required: true,
      uniqueness: 'server',
      description: 'Name that the person signs in with. Unique, ignoring case.',
    },
    {
      name: 'name',
      type: 'complex',
      description: 'Parts of the name of the person.',
      subAttributes: [
        text('formatted', 'The whole name.'),
        text('familyName', 'Family name.'),
        text('givenName', 'Given name.'),
        text('middleName', 'Middle names.'),
        text('honorificPrefix', 'Title before the name.'),
        text('honorificSuffix', 'Suffix after the name.'),
      ],
    },
    text('displayName', 'Name of the person for display.'),
    text('nickName', 'Casual name.'),
    {
      name: 'profileUrl',
      type: 'reference',
      referenceTypes: ['external'],
      caseExact: true,
      description: 'URL of a page about the person.',
    },
    text('title', 'Job title.'),
    text('userType', 'Relation to the organization, such as Employee.'),
    text('preferredLanguage', 'Preferred languages, as in Accept-Language.'),
    text('locale', 'Language tag for formats, such as en-US.'),
    text('timezone', 'Time zone in the IANA database, such as Europe/Paris.'),
    {
      name: 'active',
      type: 'boolean',
      description: 'Whether the person has access. False takes all access away.',
    },
    {
      name: 'password',
      mutability: 'writeOnly',
      returned: 'never',
      caseExact: true,
      description: 'Accepted for compatibility. Never stored.',
    },
    pluralAttribute('emails', 'Email addresses.', ['work', 'home', 'other']),
    pluralAttribute('phoneNumbers', 'Phone numbers.', [
      'work',
      'home',
      'mobile',
      'fax',
      'pager',
      'other',
    ]),
    pluralAttribute('ims', 'Addresses for instant messages.', [
      'aim',
      'gtalk',
      'icq',
      'xmpp',
      'msn',
      'skype',
      'qq',
      'yahoo',
    ]),
    pluralAttribute('photos', 'URLs of photos.', ['photo', 'thumbnail'], {
      type: 'reference',
      referenceTypes: ['external'],
      caseExact: true,
    }),
    addresses,
    {
      name: 'groups',
      type: 'complex',
      multiValued: true,
      mutability: 'readOnly',
      description: 'Groups of the user. Changed through the groups.',
      subAttributes: [
        { name: 'value', mutability: 'readOnly', caseExact: true, description: 'Id of the group.' },
        {
          name: '$ref',
          type: 'reference',
          referenceTypes: ['Group'],
          caseExact: true,
          mutability: 'readOnly',
          description: 'URI of the group.',
        },
        { name: 'display', mutability: 'readOnly', description: 'Name of the group.' },
        {
          name: 'type',
          mutability: 'readOnly',
          canonicalValues: ['direct', 'indirect'],
          description: 'Whether the membership is direct.',
        },
      ],
    },
    pluralAttribute('entitlements', 'Entitlements at the identity provider.', []),
    pluralAttribute('roles', 'Roles at the identity provider. Role rules can match them.', []),
    pluralAttribute('x509Certificates', 'Certificates of the person.', [], {
      type: 'binary',
      caseExact: true,
    }),
  ],
});
