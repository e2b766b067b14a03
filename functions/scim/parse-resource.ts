/** Reads the resource of a POST or PUT (RFC 7644 sections 3.3 and 3.5.1). */
import { coerce, coerceOne } from './coerce';
import { Draft } from './draft';
import {
  isList,
  isObject,
  isPrototypeKey,
  typeName,
  type JsonObject,
  type JsonValue,
} from './json';
import { coerceMembers, namesNoMembers } from './member-changes';
import type { Profile } from './profile';
import type { Attributes, Member } from './resource';
import type { Attribute, Schema } from './schema/attribute';
import { findSchema, resolveInSchema, resolveName } from './schema/resolve';
import { schemasOfType, type ResourceType } from './schema/resource-type';
import { ScimError } from './scim-error';

export interface ParsedResource {
  readonly attributes: Attributes;
  /** Absent if the request does not name members: a PUT then leaves them as they are. */
  readonly members?: readonly Member[];
}

/** Read-only attributes are ignored. Throws ScimError. */
export function parseNewResource(
  type: ResourceType,
  body: JsonObject,
  profile: Profile,
): ParsedResource {
  return parseResource(type, body, profile, () => {});
}

/** The attributes replace all stored ones. `id` must be that of the resource, if given. */
export function parseReplacement(
  type: ResourceType,
  body: JsonObject,
  id: string,
  profile: Profile,
): ParsedResource {
  return parseResource(type, body, profile, (attribute, value) => {
    if (attribute.name === 'id') assertSameId(value, id);
  });
}

/** Throws ScimError `mutability` for another id than that of the resource. Null names no id. */
export function assertSameId(given: JsonValue, id: string): void {
  if (given !== null && given !== id)
    throw new ScimError(
      'mutability',
      'id cannot change. Send the id of the resource, or none.',
      'id',
    );
}

function parseResource(
  type: ResourceType,
  body: JsonObject,
  profile: Profile,
  onReadOnly: (attribute: Attribute, value: JsonValue) => void,
): ParsedResource {
  const draft = new Draft();
  const seen = new Set<string>();
  let schemas: readonly Schema[] | undefined;
  let members: readonly Member[] | undefined;
  for (const [key, value] of Object.entries(body)) {
    const target = targetOf(type, key, profile);
    const path = 'schema' in target ? target.schema.id : target.attribute.path;
    assertUnseen(seen, path);
    if ('schema' in target) setExtension(draft, target.schema, value, profile, seen);
    else if (path === 'schemas') schemas = parseSchemas(type, value, profile);
    else if (target.attribute === type.membersAttribute)
      members = namesNoMembers(value) ? undefined : coerceMembers(target.attribute, value, profile);
    else if (target.attribute.mutability === 'readOnly') onReadOnly(target.attribute, value);
    else setAttribute(draft, target.attribute, value, profile);
  }
  assertSchemas(type, schemas, seen, profile);
  assertRequired(type, draft);
  return { attributes: draft.toAttributes(), ...(members && { members }) };
}

type Target = { readonly schema: Schema } | { readonly attribute: Attribute };

function targetOf(type: ResourceType, key: string, profile: Profile): Target {
  if (isPrototypeKey(key))
    throw new ScimError('invalidSyntax', `The body has the key "${key}". Remove it.`, key);
  const attribute = type.attributes.get(key.toLowerCase());
  if (attribute) return { attribute };
  const schema = findSchema(type, key, profile);
  if (schema && schema !== type.schema) return { schema };
  const found = resolveName([type], key, profile, 'invalidSyntax');
  return 'schema' in found ? found : { attribute: topLevel(found.attribute) };
}

/** Also checks a value that is not stored, such as a password. */
export function setAttribute(
  draft: Draft,
  attribute: Attribute,
  value: JsonValue,
  profile: Profile,
): void {
  if (attribute.mutability === 'writeOnly') {
    coerceOne(attribute, value, profile);
    return;
  }
  draft.set(attribute, coerce(attribute, value, profile));
}

function setExtension(
  draft: Draft,
  schema: Schema,
  value: JsonValue,
  profile: Profile,
  seen: Set<string>,
): void {
  if (value === null) return;
  for (const [name, child] of Object.entries(extensionObject(schema, value))) {
    const attribute = topLevel(resolveInSchema(schema, name, 'invalidSyntax'));
    assertUnseen(seen, attribute.path);
    setAttribute(draft, attribute, child, profile);
  }
}

function assertUnseen(seen: Set<string>, path: string): void {
  if (seen.has(path))
    throw new ScimError('invalidSyntax', `${path} is given twice. Send it once.`, path);
  seen.add(path);
}

/** Dotted names are paths, which a resource does not have. */
function topLevel(attribute: Attribute): Attribute {
  if (!attribute.parent) return attribute;
  const { path, parent } = attribute;
  throw new ScimError(
    'invalidSyntax',
    `${path} is a path. Send ${parent.path} as an object.`,
    path,
  );
}

export function extensionObject({ id }: Schema, value: JsonValue): JsonObject {
  if (isObject(value)) return value;
  throw new ScimError('invalidValue', `${id} must be an object, not ${typeName(value)}.`, id);
}

/** The schemas that a request names. Throws ScimError for one that the type does not have. */
export function parseSchemas(
  type: ResourceType,
  value: JsonValue,
  profile: Profile,
): readonly Schema[] {
  if (!isList(value))
    throw new ScimError(
      'invalidSyntax',
      `schemas must be a list, not ${typeName(value)}.`,
      'schemas',
    );
  return value.map((uri) => {
    const found = typeof uri === 'string' ? findSchema(type, uri, profile) : undefined;
    if (found) return found;
    const known = schemasOfType(type)
      .map(({ id }) => id)
      .join(', ');
    const shown = typeof uri === 'string' ? `"${uri.slice(0, 120)}"` : typeName(uri);
    throw new ScimError(
      'invalidSyntax',
      `A ${type.name} has no schema ${shown}. Known: ${known}.`,
      'schemas',
    );
  });
}

/** `schemas` is required and complete (RFC 7643 section 3). Lenient profiles derive it. */
function assertSchemas(
  type: ResourceType,
  schemas: readonly Schema[] | undefined,
  seen: ReadonlySet<string>,
  profile: Profile,
): void {
  if (profile.lenient) return;
  const used = schemasOfType(type).filter(
    (schema) => schema === type.schema || seen.has(schema.id),
  );
  const missing = used.find((schema) => !schemas?.includes(schema));
  if (missing)
    throw new ScimError(
      'invalidSyntax',
      `schemas lacks ${missing.id}. Add it to the list.`,
      'schemas',
    );
}

function assertRequired(type: ResourceType, draft: Draft): void {
  for (const attribute of type.attributes.values())
    if (
      attribute.required &&
      attribute.mutability !== 'readOnly' &&
      draft.get(attribute) === undefined
    )
      throw new ScimError(
        'invalidValue',
        `${attribute.path} is required. Send a value.`,
        attribute.path,
      );
}
