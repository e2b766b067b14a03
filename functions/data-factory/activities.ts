/**
 * Activities of a pipeline at any depth. The path of each leads through its containers:
 * `If1/true/Copy1`.
 */
import { findKey, getField, getText, isList, isObject, pointerOf, type Json } from './json';

export interface ActivityAtPath {
  readonly path: string;
  /** The path without the name, shared with the other activities of the same list. */
  readonly prefix: string;
  readonly body: Json;
  readonly warnings: readonly string[];
  /** Path of the container. Absent on the first level. */
  readonly container?: string;
  /** JSON pointer to the list, within the container or the pipeline. */
  readonly listPointer: string;
  /** Lists of activities inside this one. */
  readonly nested: readonly ActivityList[];
}

export interface ActivityList {
  /** Segment of the path. */
  readonly branch: string;
  /** JSON pointer to the list within the activity. */
  readonly pointer: string;
  readonly activities: Json;
}

/** Segments of a path for the lists of known containers. ForEach and Until add no segment. */
const branches: Readonly<Record<string, string>> = {
  activities: '',
  iftrueactivities: 'true/',
  iffalseactivities: 'false/',
  defaultactivities: 'default/',
};

export function extractActivities(pipeline: Json): ActivityAtPath[] {
  const properties = findKey(pipeline, 'properties') ?? 'properties';
  const list = getField(pipeline, properties);
  const key = findKey(list, 'activities') ?? 'activities';
  const walk = new ActivityWalk();
  walk.collect(getField(list, key), { prefix: '', listPointer: pointerOf([properties, key]) });
  return walk.found;
}

/** Undefined if the pipeline contains no activity at the path. */
export const getActivityBody = (pipeline: Json | undefined, path: string | undefined) =>
  extractActivities(pipeline ?? null).find((activity) => activity.path === path)?.body;

type ListPosition = Pick<ActivityAtPath, 'prefix' | 'listPointer' | 'container'>;

class ActivityWalk {
  readonly found: ActivityAtPath[] = [];
  private readonly taken = new Set<string>();

  collect(list: Json | undefined, position: ListPosition): void {
    if (!isList(list)) return;
    for (const [index, body] of list.entries()) {
      if (body === null) continue;
      const name = getText(body, 'name');
      const wanted = `${position.prefix}${name ?? `#${index + 1}`}`;
      const path = this.freePath(wanted);
      const nested = nestedLists(body);
      const warnings = warningsOf(body, name, path !== wanted);
      const { prefix, listPointer, container } = position;
      this.found.push(
        container === undefined
          ? { prefix, listPointer, path, body, warnings, nested }
          : { prefix, listPointer, container, path, body, warnings, nested },
      );
      for (const { branch, pointer, activities } of nested)
        this.collect(activities, {
          prefix: `${path}/${branch}`,
          listPointer: pointer,
          container: path,
        });
    }
  }

  private freePath(wanted: string): string {
    let path = wanted;
    for (let n = 2; this.taken.has(path.toLowerCase()); n++) path = `${wanted}~${n}`;
    this.taken.add(path.toLowerCase());
    return path;
  }
}

function warningsOf(
  activity: Json,
  name: string | undefined,
  isDuplicate: boolean,
): readonly string[] {
  const typeProperties = getField(activity, 'typeProperties');
  const isUnusual = typeProperties !== undefined && !isObject(typeProperties);
  if (name !== undefined && !isUnusual && !isDuplicate) return noWarnings;
  return [
    ...(name === undefined ? ['The activity has no name.'] : []),
    ...(isUnusual ? ['typeProperties is not an object.'] : []),
    ...(isDuplicate ? ['Another activity has the same name.'] : []),
  ];
}

const noWarnings: readonly string[] = [];

/**
 * Lists of activities inside an activity. Lists of unknown containers are recognized by their keys.
 */
function nestedLists(activity: Json): readonly ActivityList[] {
  const settings = findKey(activity, 'typeProperties');
  const typeProperties = settings === undefined ? undefined : getField(activity, settings);
  if (settings === undefined || !isObject(typeProperties)) return noLists;
  let lists: ActivityList[] | undefined;
  for (const key of Object.keys(typeProperties)) {
    // All keys of lists are plurals.
    if (!/s$/i.test(key)) continue;
    const lower = key.toLowerCase();
    const branch = branches[lower] ?? (lower.endsWith('activities') ? `${key}/` : undefined);
    const value = typeProperties[key]!;
    if (branch !== undefined)
      (lists ??= []).push({ branch, pointer: pointerOf([settings, key]), activities: value });
    else if (lower === 'cases' && isList(value))
      (lists ??= []).push(...casesIn(value, pointerOf([settings, key])));
  }
  return lists ?? noLists;
}

const noLists: readonly ActivityList[] = [];

function* casesIn(cases: readonly Json[], pointer: string): Generator<ActivityList> {
  for (const [index, each] of cases.entries()) {
    const key = findKey(each, 'activities');
    if (key === undefined) continue;
    yield {
      branch: `case:${caseName(getField(each, 'value'))}/`,
      pointer: `${pointer}${pointerOf([index, key])}`,
      activities: getField(each, key) ?? null,
    };
  }
}

const caseName = (value: Json | undefined) =>
  typeof value === 'string' ? value : JSON.stringify(value ?? null);
