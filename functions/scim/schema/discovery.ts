/** The documents of /Schemas and /ResourceTypes (RFC 7643 sections 6 and 7), from the registry. */
import { schemasOfType, type ResourceType } from './resource-type';
import type { Attribute, Schema } from './attribute';
import { discoverySchemas } from './discovery-schemas';
import { serviceSchemas } from './service-schemas';

/**
 * One document for each schema of the types, and for each of discovery. `baseUrl` has no slash at the
 * end.
 */
export const schemaDocuments = (types: readonly ResourceType[], baseUrl: string) =>
  [...types.flatMap(schemasOfType), ...serviceSchemas].map((schema) =>
    schemaDocument(schema, baseUrl),
  );

function schemaDocument({ id, name, description, attributes }: Schema, baseUrl: string) {
  return {
    schemas: [discoverySchemas.schema],
    id,
    name,
    description,
    attributes: Array.from(attributes.values(), attributeDocument),
    meta: { resourceType: 'Schema', location: `${baseUrl}/Schemas/${id}` },
  };
}

interface AttributeDocument {
  readonly name: string;
  readonly type: string;
  readonly subAttributes?: readonly AttributeDocument[];
  readonly [characteristic: string]: unknown;
}

function attributeDocument(attribute: Attribute): AttributeDocument {
  const { name, type, multiValued, description, required, caseExact } = attribute;
  const { mutability, returned, uniqueness, canonicalValues, referenceTypes } = attribute;
  const children = Array.from(attribute.subAttributes.values(), attributeDocument);
  return {
    name,
    type,
    multiValued,
    description,
    required,
    caseExact,
    mutability,
    returned,
    uniqueness,
    ...(canonicalValues && { canonicalValues }),
    ...(referenceTypes && { referenceTypes }),
    ...(type === 'complex' && { subAttributes: children }),
  };
}

export const resourceTypeDocuments = (types: readonly ResourceType[], baseUrl: string) =>
  types.map(({ name, endpoint, description, schema, extensions }) => ({
    schemas: [discoverySchemas.resourceType],
    id: name,
    name,
    endpoint,
    description,
    schema: schema.id,
    schemaExtensions: extensions.map(({ id }) => ({ schema: id, required: false })),
    meta: { resourceType: 'ResourceType', location: `${baseUrl}/ResourceTypes/${name}` },
  }));
