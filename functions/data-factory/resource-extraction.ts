/**
 * Converts raw JSON of Data Factory to resources. Unknown types and keys are preserved. An
 * unexpected shape adds a warning to the object and never fails a sync.
 */
import { extractActivities, type ActivityAtPath } from './activities';
import { hashOf, type PartVersions, type VersionHash } from './canonical-json';
import { getField, isList, isObject, getText, type Json, type JsonObject } from './json';
import { redactResource } from './redaction/redact-resource';
import { transformationsOf } from './transformations';
import type { Dependency, ListedKind, Resource } from './resource';

/**
 * `items` are the objects of one page. `parent` is the virtual network of listed private endpoints.
 * Versions that are stored or shown must be keyed (`versionHash`): the JSON may hold secrets.
 */
export function extractResources(
  kind: ListedKind,
  items: readonly Json[],
  parent?: string,
  hash: VersionHash = hashOf,
): readonly Resource[] {
  if (kind === 'globalParameter') return globalParameters(items, hash);
  return items.map((raw) => resourceOf(kind, raw, parent, hash));
}

function resourceOf(
  kind: ListedKind,
  raw: Json,
  parent: string | undefined,
  hash: VersionHash,
): Resource {
  const body = redactResource(kind, raw);
  const properties = getField(body, 'properties');
  const warnings = [
    ...(isObject(body) ? [] : ['The object is not a JSON object.']),
    ...(getText(body, 'name') === undefined ? ['The object has no name.'] : []),
    ...(isObject(properties) ? [] : ['properties is not an object.']),
  ];
  const sourceEtag = getText(body, 'etag');
  const activities = kind === 'pipeline' ? extractActivities(body) : [];
  // Redaction keeps the shape, so both lists have the same order.
  const unredacted = raw === body ? activities : kind === 'pipeline' ? extractActivities(raw) : [];
  const parts = unredacted.length > 0 ? partsToVersion(unredacted) : undefined;
  const resource: Resource = {
    kind,
    name: nameOf(body),
    ...(parent !== undefined && { parent }),
    ...summaryOf(kind, properties, warnings),
    ...(sourceEtag !== undefined && { sourceEtag }),
    hash: hash(withoutEtag(raw), parts),
    body,
  };
  const transformations = kind === 'dataFlow' ? transformationsOf(body) : [];
  if (transformations.length > 0) return { ...resource, transformations };
  if (kind !== 'pipeline') return resource;
  const children = activities.map((each, index) =>
    activityOf(resource.name, each, hash(unredacted[index]?.body ?? each.body, parts)),
  );
  return { ...resource, activities, children };
}

const partsToVersion = (activities: readonly ActivityAtPath[]): PartVersions =>
  new Map(activities.map(({ body }) => [body, undefined]));

/** Name and etag of an object. Undefined if it lacks either. */
export function versionOf(raw: Json): { readonly name: string; readonly etag: string } | undefined {
  const name = getText(raw, 'name');
  const etag = getText(raw, 'etag');
  return name && etag ? { name, etag } : undefined;
}

/** Properties for lists. A property of an unexpected type is left out. */
function summaryOf(
  kind: ListedKind,
  properties: Json | undefined,
  warnings: string[],
): Pick<Resource, 'type' | 'folder' | 'annotations' | 'state' | 'warnings'> {
  // The type of a factory is its ARM resource type, which only repeats the kind.
  const type = kind === 'factory' ? undefined : getText(properties, 'type');
  const folder = getText(getField(properties, 'folder'), 'name');
  const annotations = getField(properties, 'annotations');
  if (annotations !== undefined && annotations !== null && !isList(annotations))
    warnings.push('annotations is not a list.');
  const state = stateFields.map((name) => getText(properties, name)).find(Boolean);
  return {
    ...(type !== undefined && { type }),
    ...(folder !== undefined && { folder }),
    ...(isList(annotations) && annotations.length > 0 && { annotations: annotations.map(toText) }),
    ...(state !== undefined && { state }),
    ...(warnings.length > 0 && { warnings }),
  };
}

/** Names of the state in triggers, integration runtimes, change data captures and factories. */
const stateFields = ['runtimeState', 'state', 'status', 'provisioningState'];

/** The hash covers the whole body, including nested activities. */
function activityOf(
  pipeline: string,
  { path, body, warnings }: ActivityAtPath,
  hash: string,
): Resource {
  const type = getText(body, 'type');
  const state = getText(body, 'state');
  const dependsOn = dependencies(getField(body, 'dependsOn'));
  return {
    kind: 'activity',
    name: getText(body, 'name') ?? path,
    parent: pipeline,
    path,
    ...(type !== undefined && { type }),
    ...(state !== undefined && { state }),
    ...(dependsOn.length > 0 && { dependsOn }),
    ...(warnings.length > 0 && { warnings }),
    hash,
    body,
  };
}

function dependencies(list: Json | undefined): Dependency[] {
  if (!isList(list)) return [];
  return list.flatMap((each) => {
    const activity = getText(each, 'activity');
    const conditions = getField(each, 'dependencyConditions');
    return activity === undefined
      ? []
      : [{ activity, conditions: isList(conditions) ? conditions.map(toText) : [] }];
  });
}

/**
 * Global parameters are in the factory and in a list of their own, which may lag behind. The value
 * in the factory wins, and a difference adds a warning. `items` contains the factory and the
 * objects of the list.
 */
function globalParameters(items: readonly Json[], hash: VersionHash): readonly Resource[] {
  const inFactory = items.map((item) => getField(getField(item, 'properties'), 'globalParameters'));
  const listed = items.filter(
    (_, index) => !isObject(inFactory[index]) && !isFactory(items[index]),
  );
  const found = new Map<string, { name: string; raw: Json; warnings: string[] }>();
  const add = (name: string, raw: Json) => {
    const known = found.get(name.toLowerCase());
    if (!known) found.set(name.toLowerCase(), { name, raw, warnings: [] });
    else if (hashOf(known.raw) !== hashOf(raw))
      known.warnings.push('The list of global parameters shows another value than the factory.');
  };
  for (const source of [...inFactory, ...listed.map((item) => getField(item, 'properties'))])
    if (isObject(source)) for (const [name, raw] of Object.entries(source)) add(name, raw);
  return [...found.values()].map(({ name, raw, warnings }) => {
    const body = redactResource('globalParameter', { [name]: raw })[name] ?? null;
    const type = getText(body, 'type');
    if (!isObject(body)) warnings.push('The parameter is not an object.');
    return {
      kind: 'globalParameter',
      name,
      ...(type !== undefined && { type }),
      ...(warnings.length > 0 && { warnings }),
      hash: hash(raw),
      body,
    };
  });
}

const isFactory = (item: Json | undefined) =>
  /\/factories$/i.test(getText(item ?? null, 'type') ?? '');

/**
 * An object without a name is identified by the hash of its redacted JSON, which needs no key: a
 * rotation of the key is no other object.
 */
function nameOf(body: Json): string {
  const name = getText(body, 'name');
  if (name) return name;
  const [, fromId] = /\/([^/]+)$/.exec(getText(body, 'id') ?? '') ?? [];
  return fromId ?? `unnamed-${hashOf(withoutEtag(body))}`;
}

/** The etag changes whenever the object is saved, even without a difference. */
function withoutEtag(body: Json): Json {
  if (!isObject(body)) return body;
  const members = Object.entries(body).filter(([key]) => key.toLowerCase() !== 'etag');
  return Object.fromEntries(members) as JsonObject;
}

const toText = (value: Json) => (typeof value === 'string' ? value : JSON.stringify(value));
