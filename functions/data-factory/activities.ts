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
}

/** Segments of a path for the lists of known containers. ForEach and Until add no segment. */
const branches: Readonly<Record<string, string>> = {
  activities: '',
  iftrueactivities: 'true/',
  iffalseactivities: 'false/',
  defaultactivities: 'default/',
};

export function extractActivities(pipeline: Json): ActivityAtPath[] {
  const found: ActivityAtPath[] = [];
  const taken = new Set<string>();
  const properties = findKey(pipeline, 'properties') ?? 'properties';
  const list = getField(pipeline, properties);
  const key = findKey(list, 'activities') ?? 'activities';
  const position = { prefix: '', listPointer: pointerOf([properties, key]) };
  collect(getField(list, key), position, (activity) => {
    const { path: name, warnings } = activity;
    let path = name;
    for (let n = 2; taken.has(path.toLowerCase()); n++) path = `${name}~${n}`;
    taken.add(path.toLowerCase());
    const duplicate = 'Another activity has the same name.';
    found.push({
      ...activity,
      path,
      warnings: path === name ? warnings : [...warnings, duplicate],
    });
    return path;
  });
  return found;
}

/** Undefined if the pipeline contains no activity at the path. */
export const getActivityBody = (pipeline: Json | undefined, path: string | undefined) =>
  extractActivities(pipeline ?? null).find((activity) => activity.path === path)?.body;

type ListPosition = Pick<ActivityAtPath, 'prefix' | 'listPointer' | 'container'>;

/** `add` returns the final path of the activity. */
function collect(
  list: Json | undefined,
  position: ListPosition,
  add: (activity: ActivityAtPath) => string,
): void {
  if (!isList(list)) return;
  list.forEach((activity, index) => {
    if (activity === null) return;
    const name = getText(activity, 'name');
    const typeProperties = getField(activity, 'typeProperties');
    const warnings = [
      ...(name === undefined ? ['The activity has no name.'] : []),
      ...(typeProperties === undefined || isObject(typeProperties)
        ? []
        : ['typeProperties is not an object.']),
    ];
    const own = `${position.prefix}${name ?? `#${index + 1}`}`;
    const path = add({ ...position, path: own, body: activity, warnings });
    for (const { branch, pointer, activities } of nestedLists(activity))
      collect(
        activities,
        { prefix: `${path}/${branch}`, listPointer: pointer, container: path },
        add,
      );
  });
}

export interface ActivityList {
  /** Segment of the path. */
  readonly branch: string;
  /** JSON pointer to the list within the activity. */
  readonly pointer: string;
  readonly activities: Json;
}

/**
 * Lists of activities inside an activity. Lists of unknown containers are recognized by their keys.
 */
export function* nestedLists(activity: Json): Generator<ActivityList> {
  const settings = findKey(activity, 'typeProperties');
  const typeProperties = getField(activity, settings ?? '');
  if (settings === undefined || !isObject(typeProperties)) return;
  for (const [key, value] of Object.entries(typeProperties)) {
    const branch = branches[key.toLowerCase()];
    const pointer = pointerOf([settings, key]);
    if (branch !== undefined) yield { branch, pointer, activities: value };
    else if (key.toLowerCase() === 'cases' && isList(value)) yield* casesIn(value, pointer);
    else if (/activities$/i.test(key)) yield { branch: `${key}/`, pointer, activities: value };
  }
}

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
