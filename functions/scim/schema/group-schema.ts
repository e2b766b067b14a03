/** The Group schema (RFC 7643 sections 4.2 and 8.7.1). */
import { createSchema } from './attribute';

export const groupSchema = createSchema({
  id: 'urn:ietf:params:scim:schemas:core:2.0:Group',
  name: 'Group',
  description: 'A group of users and groups. Role rules match groups.',
  attributes: [
    {
      name: 'displayName',
      required: true,
      uniqueness: 'server',
      description: 'Name of the group. Unique, because identity providers match groups by name.',
    },
    {
      name: 'members',
      type: 'complex',
      multiValued: true,
      description: 'Members of the group: users and groups.',
      subAttributes: [
        {
          name: 'value',
          required: true,
          caseExact: true,
          mutability: 'immutable',
          description: 'Id of the member.',
        },
        {
          name: '$ref',
          type: 'reference',
          referenceTypes: ['User', 'Group'],
          caseExact: true,
          mutability: 'immutable',
          description: 'URI of the member. Ends with its id.',
        },
        {
          name: 'type',
          mutability: 'readOnly',
          canonicalValues: ['User', 'Group'],
          description: 'Resource type of the member. That of a request is a hint.',
        },
        { name: 'display', mutability: 'readOnly', description: 'Name of the member.' },
      ],
    },
  ],
});
