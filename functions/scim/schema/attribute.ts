/** Attributes of a schema with all their characteristics (RFC 7643 sections 2.2 and 7). */
export type AttributeType =
  'string' | 'boolean' | 'decimal' | 'integer' | 'dateTime' | 'reference' | 'binary' | 'complex';
export type Mutability = 'readOnly' | 'readWrite' | 'immutable' | 'writeOnly';
export type Returned = 'always' | 'never' | 'default' | 'request';
export type Uniqueness = 'none' | 'server' | 'global';

/** As a schema declares it. Characteristics that are left out have the defaults of RFC 7643. */
export interface AttributeDefinition {
  readonly name: string;
  readonly description: string;
  readonly type?: AttributeType;
  readonly multiValued?: boolean;
  readonly required?: boolean;
  readonly caseExact?: boolean;
  readonly mutability?: Mutability;
  readonly returned?: Returned;
  readonly uniqueness?: Uniqueness;
  readonly canonicalValues?: readonly string[];
  readonly referenceTypes?: readonly string[];
  readonly subAttributes?: readonly AttributeDefinition[];
  /** Not part of RFC 7643: the value must be a GUID. */
  readonly format?: 'guid';
}

export interface Attribute extends Required<
  Omit<AttributeDefinition, 'subAttributes' | 'canonicalValues' | 'referenceTypes' | 'format'>
> {
  readonly canonicalValues?: readonly string[];
  readonly referenceTypes?: readonly string[];
  readonly format?: 'guid';
  /** URI of the schema that declares the attribute. */
  readonly schema: string;
  /** Key below which a resource holds the attributes of an extension. Absent in core schemas. */
  readonly extension?: string;
  /** The complex attribute of a sub-attribute. */
  readonly parent?: Attribute;
  /** Name in paths and errors: `name.givenName`, `urn:…:enterprise:2.0:User:department`. */
  readonly path: string;
  /** By lower-cased name. Empty unless the type is complex. */
  readonly subAttributes: ReadonlyMap<string, Attribute>;
}

export interface Schema {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  /** By lower-cased name. */
  readonly attributes: ReadonlyMap<string, Attribute>;
}

export interface SchemaDefinition {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly attributes: readonly AttributeDefinition[];
}

export function createSchema(definition: SchemaDefinition, isExtension = false): Schema {
  const { id, name, description } = definition;
  const owner = isExtension ? { schema: id, extension: id } : { schema: id };
  return { id, name, description, attributes: attributesOf(definition.attributes, owner) };
}

type Owner = Pick<Attribute, 'schema' | 'extension'>;

function attributesOf(
  definitions: readonly AttributeDefinition[],
  owner: Owner,
  parent?: Attribute,
): ReadonlyMap<string, Attribute> {
  return new Map(
    definitions.map((definition) => [
      definition.name.toLowerCase(),
      createAttribute(definition, owner, parent),
    ]),
  );
}

function createAttribute(
  { subAttributes = [], ...definition }: AttributeDefinition,
  owner: Owner,
  parent?: Attribute,
): Attribute {
  const children = new Map<string, Attribute>();
  const attribute: Attribute = {
    type: 'string',
    multiValued: false,
    required: false,
    caseExact: false,
    mutability: 'readWrite',
    returned: 'default',
    uniqueness: 'none',
    ...definition,
    ...owner,
    ...(parent && { parent }),
    path: pathOf(definition.name, owner, parent),
    subAttributes: children,
  };
  for (const [name, child] of attributesOf(subAttributes, owner, attribute))
    children.set(name, child);
  return attribute;
}

function pathOf(name: string, { extension }: Owner, parent?: Attribute): string {
  if (parent) return `${parent.path}.${name}`;
  return extension === undefined ? name : `${extension}:${name}`;
}
