/** Values for each attribute that /Schemas declares, as a client that knows nothing else makes them. */
import type { ScimClient } from '../../provisioning/scim-client';

export interface AttributeDocument {
  readonly name: string;
  readonly type: string;
  readonly multiValued: boolean;
  readonly required: boolean;
  readonly mutability: string;
  readonly returned: string;
  readonly canonicalValues?: readonly string[];
  readonly subAttributes?: readonly AttributeDocument[];
}

interface WritableAttribute {
  readonly endpoint: string;
  /** Qualified by the schema for an extension. */
  readonly path: string;
  readonly attribute: AttributeDocument;
}

/** Members and managers refer to resources, and a password is never returned. */
const hasNoSample = new Set(['members', 'manager', 'password']);

export async function writableAttributes(scim: ScimClient): Promise<readonly WritableAttribute[]> {
  const { json: types } = await scim('GET', '/ResourceTypes');
  const { json: schemas } = await scim('GET', '/Schemas');
  const attributesOf = (id: string): readonly AttributeDocument[] =>
    schemas.Resources.find((schema: { id: string }) => schema.id === id).attributes;
  return types.Resources.flatMap(
    (type: {
      readonly endpoint: string;
      readonly schema: string;
      readonly schemaExtensions: readonly { readonly schema: string }[];
    }) =>
      [type.schema, ...type.schemaExtensions.map(({ schema }) => schema)].flatMap((schema) =>
        attributesOf(schema)
          .filter(({ mutability, name }) => mutability !== 'readOnly' && !hasNoSample.has(name))
          .map((attribute) => ({
            endpoint: type.endpoint,
            path: schema === type.schema ? attribute.name : `${schema}:${attribute.name}`,
            attribute,
          })),
      ),
  );
}

export function sampleValue(attribute: AttributeDocument, text: string): unknown {
  const one = sampleOne(attribute, text);
  return attribute.multiValued ? [one] : one;
}

function sampleOne(
  { name, type, canonicalValues, subAttributes = [] }: AttributeDocument,
  text: string,
) {
  switch (type) {
    case 'complex':
      return Object.fromEntries(
        subAttributes
          .filter(({ mutability }) => mutability !== 'readOnly')
          .map((child): [string, unknown] => [child.name, sampleValue(child, text)]),
      );
    case 'boolean':
      return true;
    case 'integer':
    case 'decimal':
      return 1;
    case 'dateTime':
      return '2026-01-02T03:04:05Z';
    case 'reference':
      return 'https://example.com/sample';
    case 'binary':
      return Buffer.from(text).toString('base64');
    default:
      if (name === 'objectId') return '6f9619ff-8b86-d011-b42d-00c04fc964ff';
      return canonicalValues?.[0] ?? text;
  }
}
