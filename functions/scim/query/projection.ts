/** Which attributes a response has (RFC 7644 section 3.9, `returned` of RFC 7643 section 7). */
import { isList, type JsonValue } from '../json';
import type { Profile } from '../profile';
import type {
  AttributeValue,
  ComplexValue,
  ExtensionValue,
  Resource,
  SimpleValue,
} from '../resource';
import type { Attribute } from '../schema/attribute';
import { findByName, resolveName } from '../schema/resolve';
import type { ResourceType } from '../schema/resource-type';
import { ScimError } from '../scim-error';

/** Paths of attributes and ids of schemas, lower-cased. */
type Names = ReadonlySet<string>;

export interface Projection {
  /** Undefined: all that are returned by default. */
  readonly attributes?: Names;
  readonly excluded?: Names;
}

/**
 * Lenient profiles ignore unknown names, because a response without an attribute harms less than
 * no response. Throws ScimError.
 */
export function parseProjection(
  parameters: { readonly attributes?: JsonValue; readonly excludedAttributes?: JsonValue },
  types: readonly ResourceType[],
  profile: Profile,
): Projection {
  const attributes = parseNames('attributes', parameters.attributes, types, profile);
  const excluded = parseNames('excludedAttributes', parameters.excludedAttributes, types, profile);
  return { ...(attributes && { attributes }), ...(excluded && { excluded }) };
}

function parseNames(
  parameter: string,
  value: JsonValue | undefined,
  types: readonly ResourceType[],
  profile: Profile,
): Names | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  const names = isList(value) ? value : [value];
  return new Set(
    names.flatMap((name) => {
      if (typeof name !== 'string')
        throw new ScimError('invalidValue', `${parameter} must list names.`, parameter);
      return name
        .split(',')
        .map((part) => part.trim())
        .filter((part) => part !== '')
        .flatMap((part) => namesOf(part, types, profile));
    }),
  );
}

/** The name in every type that knows it. */
function namesOf(name: string, types: readonly ResourceType[], profile: Profile) {
  const found = types.flatMap((type) => findByName(type, name, profile) ?? []);
  if (found.length === 0 && !profile.lenient) resolveName(types, name, profile, 'invalidPath');
  return found.map((one) => ('schema' in one ? one.schema.id : one.attribute.path).toLowerCase());
}

/** Whether a response needs an attribute, so that a store can leave out reading members. */
export function includes(projection: Projection, attribute: Attribute): boolean {
  return (
    isAlways(attribute) ||
    isRequested(projection, attribute) ||
    Array.from(attribute.subAttributes.values()).some((child) =>
      isNamed(projection.attributes, child),
    )
  );
}

/** The resource with the attributes that the projection asks for. */
export function project(resource: Resource, type: ResourceType, projection: Projection): Resource {
  const result: Record<string, AttributeValue | ExtensionValue> = {};
  for (const attribute of type.attributes.values()) {
    const value = projected(resource[attribute.name] as AttributeValue, attribute, projection);
    if (value !== undefined) result[attribute.name] = value;
  }
  for (const { id, attributes } of type.extensions) {
    const extension: Record<string, AttributeValue> = {};
    const values = resource[id] as ExtensionValue | undefined;
    for (const attribute of values ? attributes.values() : []) {
      const value = projected(values![attribute.name], attribute, projection);
      if (value !== undefined) extension[attribute.name] = value;
    }
    if (Object.keys(extension).length > 0) result[id] = extension;
  }
  return result;
}

function projected(
  value: AttributeValue | undefined,
  attribute: Attribute,
  projection: Projection,
): AttributeValue | undefined {
  if (value === undefined || !includes(projection, attribute)) return undefined;
  if (attribute.type !== 'complex') return value;
  const children = childrenOf(attribute, projection);
  if (children.length === attribute.subAttributes.size) return value;
  if (!Array.isArray(value)) return pick(value as ComplexValue, children);
  const values = (value as readonly ComplexValue[])
    .map((one) => pick(one, children))
    .filter((one) => one !== undefined);
  return values.length === 0 ? undefined : values;
}

/** The sub-attributes of an attribute that is part of the response. */
function childrenOf(attribute: Attribute, projection: Projection): readonly Attribute[] {
  const isWhole = isRequested(projection, attribute);
  return Array.from(attribute.subAttributes.values()).filter((child) => {
    if (child.returned === 'never') return false;
    if (child.returned === 'always') return true;
    if (isNamed(projection.excluded, child)) return false;
    if (isNamed(projection.attributes, child)) return true;
    return isWhole && child.returned === 'default';
  });
}

function pick(value: ComplexValue, children: readonly Attribute[]): ComplexValue | undefined {
  const picked: Record<string, SimpleValue> = {};
  for (const { name } of children) if (value[name] !== undefined) picked[name] = value[name];
  return Object.keys(picked).length === 0 ? undefined : picked;
}

const isAlways = ({ returned }: Attribute) => returned === 'always';

/** Whether the whole attribute is part of the response, apart from excluded sub-attributes. */
function isRequested({ attributes, excluded }: Projection, attribute: Attribute): boolean {
  if (isAlways(attribute)) return true;
  if (attribute.returned === 'never' || isNamed(excluded, attribute)) return false;
  if (!attributes) return attribute.returned === 'default';
  return isNamed(attributes, attribute);
}

/** By its own path or by that of its schema. */
const isNamed = (names: Names | undefined, { path, schema }: Attribute): boolean =>
  names !== undefined && (names.has(path.toLowerCase()) || names.has(schema.toLowerCase()));
