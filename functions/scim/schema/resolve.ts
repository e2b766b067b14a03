/** Finds attributes by the names of requests: in any case, with or without a schema URI. */
import { isPrototypeKey } from '../json';
import type { Profile } from '../profile';
import { ScimError, type ScimReason } from '../scim-error';
import type { Attribute, Schema } from './attribute';
import { withoutLegacyUri } from './legacy-uris';
import { nearestNames } from './nearest-names';
import { schemasOfType, type ResourceType } from './resource-type';

/** A whole schema, or an attribute, which may be a sub-attribute. */
export type Resolved = { readonly schema: Schema } | { readonly attribute: Attribute };

/** Returns undefined for an unknown name. */
export function findByName(
  type: ResourceType,
  text: string,
  profile: Profile,
): Resolved | undefined {
  const name = profile.legacyUris ? withoutLegacyUri(text) : text;
  const schema = schemaAtStart(type, name, profile);
  if (!schema) return findAttribute(type.attributes, name);
  const rest = name.slice(schema.id.length + 1);
  if (rest === '') return name.length === schema.id.length ? { schema } : undefined;
  return findAttribute(schema === type.schema ? type.attributes : schema.attributes, rest);
}

/**
 * The first of the types that knows the name decides. Throws ScimError with the reason and the
 * nearest known names.
 */
export function resolveName(
  types: readonly ResourceType[],
  text: string,
  profile: Profile,
  reason: ScimReason,
): Resolved {
  for (const type of types) {
    const found = findByName(type, text, profile);
    if (found) return found;
  }
  throw unknownName(text, knownNames(types[0]!, text, profile), reason);
}

/** Throws ScimError for a name that is no sub-attribute of `parent`. */
export function resolveSubAttribute(
  parent: Attribute,
  name: string,
  reason: ScimReason,
): Attribute {
  const found = parent.subAttributes.get(name.toLowerCase());
  if (found) return found;
  const known = [...parent.subAttributes.values()].map((child) => child.name);
  throw unknownName(`${parent.path}.${name}`, { owner: parent.path, names: known, name }, reason);
}

/** An attribute or sub-attribute of a schema. Throws ScimError. */
export function resolveInSchema(schema: Schema, name: string, reason: ScimReason): Attribute {
  const found = findAttribute(schema.attributes, name);
  if (found) return found.attribute;
  throw unknownName(name, { owner: schema.id, names: namesIn(schema.attributes), name }, reason);
}

export function findSchema(type: ResourceType, uri: string, profile: Profile): Schema | undefined {
  const lower = (profile.legacyUris ? withoutLegacyUri(uri) : uri).toLowerCase();
  return schemasOfType(type).find(({ id }) => id.toLowerCase() === lower);
}

function schemaAtStart(type: ResourceType, name: string, profile: Profile): Schema | undefined {
  if (!name.includes(':')) return undefined;
  const lower = name.toLowerCase();
  return schemasOfType(type).find(({ id }) => {
    if (!lower.startsWith(id.toLowerCase())) return false;
    const next = name[id.length];
    return next === undefined || next === ':' || (next === '.' && profile.legacyUris);
  });
}

function findAttribute(
  attributes: ReadonlyMap<string, Attribute>,
  name: string,
): { readonly attribute: Attribute } | undefined {
  const dot = name.indexOf('.');
  const attribute = attributes.get((dot < 0 ? name : name.slice(0, dot)).toLowerCase());
  if (!attribute || dot < 0) return attribute && { attribute };
  const child = attribute.subAttributes.get(name.slice(dot + 1).toLowerCase());
  return child && { attribute: child };
}

interface Known {
  /** Schema or attribute that the names belong to. */
  readonly owner: string;
  readonly names: readonly string[];
  /** The part of the text that is unknown. */
  readonly name: string;
}

function knownNames(type: ResourceType, text: string, profile: Profile): Known {
  const schema = schemaAtStart(type, text, profile) ?? type.schema;
  const rest = text.toLowerCase().startsWith(schema.id.toLowerCase())
    ? text.slice(schema.id.length + 1)
    : text;
  const attributes = schema === type.schema ? type.attributes : schema.attributes;
  const dot = rest.indexOf('.');
  const parent = dot < 0 ? undefined : attributes.get(rest.slice(0, dot).toLowerCase());
  if (parent)
    return { owner: parent.path, names: namesIn(parent.subAttributes), name: rest.slice(dot + 1) };
  const last = rest.slice(rest.lastIndexOf(':') + 1);
  const extensions = type.extensions.flatMap((extension) => [...extension.attributes.values()]);
  const names = [
    ...namesIn(attributes),
    ...(schema === type.schema ? extensions.map(({ path }) => path) : []),
  ];
  return { owner: schema.id, names, name: last };
}

const namesIn = (attributes: ReadonlyMap<string, Attribute>) =>
  Array.from(attributes.values(), ({ name }) => name);

function unknownName(text: string, { owner, names, name }: Known, reason: ScimReason): ScimError {
  const shown = shorten(text);
  if (isPrototypeKey(name.trim()))
    return new ScimError(reason, `"${shown}" is not an attribute name. Remove it.`, shown);
  const byLastPart = new Map(
    names.map((known) => [known.slice(known.lastIndexOf(':') + 1), known]),
  );
  const near = nearestNames(name, [...byLastPart.keys()]).map((known) => byLastPart.get(known)!);
  const advice =
    near.length > 0 ? `Did you mean ${near.join(', ')}?` : `Known: ${names.join(', ')}.`;
  return new ScimError(reason, `${owner} has no attribute "${shown}". ${advice}`, shown);
}

const shorten = (text: string) => (text.length > 120 ? `${text.slice(0, 120)}…` : text);
