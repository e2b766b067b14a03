/**
 * Attributes of every resource (RFC 7643 section 3.1). They belong to no schema, so /Schemas does
 * not list them.
 */
import type { AttributeDefinition } from './attribute';

export const commonAttributes: readonly AttributeDefinition[] = [
  {
    name: 'schemas',
    type: 'reference',
    multiValued: true,
    required: true,
    caseExact: true,
    mutability: 'readOnly',
    returned: 'always',
    description: 'URIs of the schemas that the resource uses.',
  },
  {
    name: 'id',
    caseExact: true,
    mutability: 'readOnly',
    returned: 'always',
    uniqueness: 'server',
    description: 'Identifier of the resource, issued by this service.',
  },
  {
    name: 'externalId',
    caseExact: true,
    description: 'Identifier of the resource at the identity provider.',
  },
  {
    name: 'meta',
    type: 'complex',
    mutability: 'readOnly',
    description: 'Metadata of the resource.',
    subAttributes: [
      {
        name: 'resourceType',
        caseExact: true,
        mutability: 'readOnly',
        description: 'Name of the resource type.',
      },
      {
        name: 'created',
        type: 'dateTime',
        mutability: 'readOnly',
        description: 'Time of creation.',
      },
      {
        name: 'lastModified',
        type: 'dateTime',
        mutability: 'readOnly',
        description: 'Time of the last change.',
      },
      {
        name: 'location',
        type: 'reference',
        referenceTypes: ['uri'],
        caseExact: true,
        mutability: 'readOnly',
        description: 'URI of the resource.',
      },
      {
        name: 'version',
        caseExact: true,
        mutability: 'readOnly',
        description: 'Weak ETag of the resource.',
      },
    ],
  },
];
