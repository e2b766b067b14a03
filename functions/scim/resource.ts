/**
 * Resources as the core keeps them: canonical names, values of the declared types, the attributes
 * of an extension below its URI. They are built from declared names only.
 */
import { schemasOfType, type ResourceType } from './schema/resource-type';
import type { Attribute } from './schema/attribute';
import { weakTag } from './etag';

export type SimpleValue = string | number | boolean;
export type ComplexValue = { readonly [name: string]: SimpleValue };
export type AttributeValue =
  SimpleValue | ComplexValue | readonly SimpleValue[] | readonly ComplexValue[];
/** Attributes of an extension by name. */
export type ExtensionValue = { readonly [name: string]: AttributeValue };

/**
 * What clients may write, by canonical name: without `schemas`, `id`, `meta`, `groups`, `password`
 * and `members`. This is what a store keeps.
 */
export type Attributes = { readonly [name: string]: AttributeValue | ExtensionValue };

/** A whole resource, as filters and projections see it. */
export type Resource = Attributes;

export type MemberType = 'User' | 'Group';

/** A member as a request names it. */
export interface Member {
  readonly value: string;
  readonly type?: MemberType;
}

/** A member of a group, or a group of a user, with the names that a response shows. */
export interface Reference {
  readonly id: string;
  readonly type: MemberType;
  readonly display?: string;
}

export interface ResourceState {
  readonly id: string;
  readonly attributes: Attributes;
  readonly createdAt: string;
  readonly lastModifiedAt: string;
  /** Counts effective changes. */
  readonly version: number;
}

export interface Relations {
  /** Absolute URL of the SCIM endpoint, without a slash at the end. */
  readonly baseUrl: string;
  /** Members of a group. Leave out if the request does not need them. */
  readonly members?: readonly Reference[];
  /** Groups of a user. Leave out if the request does not need them. */
  readonly groups?: readonly Reference[];
}

/** The resource with its read-only attributes. */
export function toResource(
  type: ResourceType,
  { id, attributes, createdAt, lastModifiedAt, version }: ResourceState,
  { baseUrl, members, groups }: Relations,
): Resource {
  return {
    schemas: schemasIn(type, attributes),
    id,
    ...attributes,
    ...(members &&
      members.length > 0 && { members: members.map((one) => memberValue(one, baseUrl)) }),
    ...(groups && groups.length > 0 && { groups: groups.map((one) => groupValue(one, baseUrl)) }),
    meta: {
      resourceType: type.name,
      created: createdAt,
      lastModified: lastModifiedAt,
      location: locationOf(type, id, baseUrl),
      version: weakTag(version),
    },
  };
}

export const locationOf = ({ endpoint }: ResourceType, id: string, baseUrl: string): string =>
  `${baseUrl}${endpoint}/${encodeURIComponent(id)}`;

/** A user without `active` is active: only false takes access away. */
export const isActive = ({ active }: Attributes): boolean => active !== false;

/**
 * RFC 7644 section 3.5.1 leaves it to the provider what a replacement does to an attribute that it
 * omits. It is cleared, but an omission never enables a user who was disabled.
 */
export const replacedBy = (
  { attributes: { active } }: { readonly attributes: Attributes },
  replacement: Attributes,
): Attributes =>
  active === false && replacement['active'] === undefined
    ? { ...replacement, active }
    : replacement;

/** The core schema, and the extensions of which the resource has attributes. */
function schemasIn(type: ResourceType, attributes: Attributes): readonly string[] {
  return schemasOfType(type)
    .filter((schema) => schema === type.schema || attributes[schema.id] !== undefined)
    .map(({ id }) => id);
}

const refOf = ({ type, id }: Reference, baseUrl: string) =>
  `${baseUrl}/${type}s/${encodeURIComponent(id)}`;

const memberValue = (member: Reference, baseUrl: string): ComplexValue => ({
  value: member.id,
  $ref: refOf(member, baseUrl),
  type: member.type,
  ...(member.display !== undefined && { display: member.display }),
});

const groupValue = (group: Reference, baseUrl: string): ComplexValue => ({
  value: group.id,
  $ref: refOf(group, baseUrl),
  type: 'direct',
  ...(group.display !== undefined && { display: group.display }),
});

/** The value of an attribute that is no sub-attribute. */
export function readTopLevel(
  resource: Attributes,
  { name, extension }: Attribute,
): AttributeValue | undefined {
  if (extension === undefined) return resource[name] as AttributeValue | undefined;
  return (resource[extension] as ExtensionValue | undefined)?.[name];
}

/** Values of an attribute: one for a single-valued attribute, all for a multi-valued one. */
export function readValues(
  resource: Attributes,
  attribute: Attribute,
): readonly (SimpleValue | ComplexValue)[] {
  const { parent, name } = attribute;
  if (!parent) return toList(readTopLevel(resource, attribute));
  return toList(readTopLevel(resource, parent)).flatMap((value) => {
    const child = (value as ComplexValue)[name];
    return child === undefined ? [] : [child];
  });
}

function toList(value: AttributeValue | undefined): readonly (SimpleValue | ComplexValue)[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value as SimpleValue | ComplexValue];
}
