/**
 * Schemas of the discovery documents themselves (RFC 7643 section 8.7.2, RFC 9865 section 4). Clients
 * that build their models from /Schemas read them.
 */
import { createSchema, type AttributeDefinition, type Schema } from './attribute';
import { discoverySchemas } from './discovery-schemas';

/** Clients cannot change any of these documents. */
const readOnly = (definition: AttributeDefinition): AttributeDefinition => ({
  mutability: 'readOnly',
  ...definition,
  ...(definition.subAttributes && { subAttributes: definition.subAttributes.map(readOnly) }),
});

const flag = (name: string, description: string): AttributeDefinition => ({
  name,
  type: 'boolean',
  required: true,
  description,
});
const count = (name: string, description: string): AttributeDefinition => ({
  name,
  type: 'integer',
  description,
});
const uri = (name: string, description: string): AttributeDefinition => ({
  name,
  type: 'reference',
  referenceTypes: ['uri'],
  caseExact: true,
  description,
});
const feature = (
  name: string,
  description: string,
  more: readonly AttributeDefinition[] = [],
): AttributeDefinition => ({
  name,
  type: 'complex',
  required: true,
  description,
  subAttributes: [flag('supported', 'Whether the feature is supported.'), ...more],
});

const serviceProviderConfig: readonly AttributeDefinition[] = [
  { ...uri('documentationUri', 'Documentation for people.'), referenceTypes: ['external'] },
  feature('patch', 'Support of PATCH.'),
  feature('bulk', 'Support of bulk requests.', [
    count('maxOperations', 'Operations of one request at most.'),
    count('maxPayloadSize', 'Bytes of one request at most.'),
  ]),
  feature('filter', 'Support of filters.', [
    count('maxResults', 'Resources of one response at most.'),
  ]),
  feature('changePassword', 'Support of changes of passwords.'),
  feature('sort', 'Support of sorting.'),
  feature('etag', 'Support of ETags.'),
  {
    name: 'pagination',
    type: 'complex',
    description: 'Methods of paging.',
    subAttributes: [
      flag('cursor', 'Whether lists are paged by cursor.'),
      flag('index', 'Whether lists are paged by index.'),
      {
        name: 'defaultPaginationMethod',
        canonicalValues: ['cursor', 'index'],
        description: 'Method of a request that names none.',
      },
      count('defaultPageSize', 'Resources of a page if the request names no number.'),
      count('maxPageSize', 'Resources of a page at most.'),
      count('cursorTimeout', 'Seconds for which a cursor is valid at least.'),
    ],
  },
  {
    name: 'authenticationSchemes',
    type: 'complex',
    multiValued: true,
    required: true,
    description: 'Schemes of authentication.',
    subAttributes: [
      { name: 'type', required: true, description: 'Kind of the scheme.' },
      { name: 'name', required: true, description: 'Name for people.' },
      { name: 'description', required: true, description: 'What the scheme requires.' },
      { ...uri('specUri', 'Specification of the scheme.'), referenceTypes: ['external'] },
      { ...uri('documentationUri', 'Documentation of its use.'), referenceTypes: ['external'] },
      { name: 'primary', type: 'boolean', description: 'Whether the scheme is preferred.' },
    ],
  },
];

const resourceType: readonly AttributeDefinition[] = [
  { name: 'id', description: 'Id of the resource type.' },
  { name: 'name', required: true, description: 'Name of the resource type.' },
  { name: 'description', description: 'What the resources are.' },
  { ...uri('endpoint', 'Path below the base URL.'), required: true },
  { ...uri('schema', 'Id of the core schema.'), required: true },
  {
    name: 'schemaExtensions',
    type: 'complex',
    multiValued: true,
    description: 'Schemas that extend the core schema.',
    subAttributes: [
      { ...uri('schema', 'Id of the extension.'), required: true },
      flag('required', 'Whether each resource has the extension.'),
    ],
  },
];

const text = (name: string, description: string): AttributeDefinition => ({
  name,
  required: true,
  caseExact: true,
  description,
});

/** `depth`: sub-attributes have no sub-attributes of their own. */
const attributeFields = (depth: 1 | 2): readonly AttributeDefinition[] => [
  text('name', 'Name of the attribute.'),
  { ...text('type', 'Type of its values.'), canonicalValues: attributeTypes },
  flag('multiValued', 'Whether it has several values.'),
  { name: 'description', caseExact: true, description: 'What the attribute means.' },
  { ...flag('required', 'Whether each resource has it.'), required: false },
  { name: 'canonicalValues', multiValued: true, caseExact: true, description: 'Usual values.' },
  { name: 'caseExact', type: 'boolean', description: 'Whether the case of a text counts.' },
  {
    name: 'mutability',
    caseExact: true,
    canonicalValues: ['readOnly', 'readWrite', 'immutable', 'writeOnly'],
    description: 'When a client may change it.',
  },
  {
    name: 'returned',
    caseExact: true,
    canonicalValues: ['always', 'never', 'default', 'request'],
    description: 'When a response has it.',
  },
  {
    name: 'uniqueness',
    caseExact: true,
    canonicalValues: ['none', 'server', 'global'],
    description: 'Among which resources a value is unique.',
  },
  {
    name: 'referenceTypes',
    multiValued: true,
    caseExact: true,
    description: 'What a reference may name.',
  },
  ...(depth === 2 ? [] : [attributeList('subAttributes', 2)]),
];

const attributeTypes = [
  'string',
  'complex',
  'boolean',
  'decimal',
  'integer',
  'dateTime',
  'reference',
  'binary',
];

function attributeList(name: string, depth: 1 | 2): AttributeDefinition {
  return {
    name,
    type: 'complex',
    multiValued: true,
    required: depth === 1,
    description: depth === 1 ? 'Attributes of the schema.' : 'Parts of a complex attribute.',
    subAttributes: attributeFields(depth),
  };
}

const schema: readonly AttributeDefinition[] = [
  { ...uri('id', 'URI of the schema.'), required: true },
  { name: 'name', required: true, caseExact: true, description: 'Name of the schema.' },
  { name: 'description', caseExact: true, description: 'What the schema describes.' },
  attributeList('attributes', 1),
];

export const serviceSchemas: readonly Schema[] = [
  createSchema({
    id: discoverySchemas.serviceProviderConfig,
    name: 'ServiceProviderConfig',
    description: 'Features of the service.',
    attributes: serviceProviderConfig.map(readOnly),
  }),
  createSchema({
    id: discoverySchemas.resourceType,
    name: 'ResourceType',
    description: 'A type of resources.',
    attributes: resourceType.map(readOnly),
  }),
  createSchema({
    id: discoverySchemas.schema,
    name: 'Schema',
    description: 'Attributes of resources and their characteristics.',
    attributes: schema.map(readOnly),
  }),
];
