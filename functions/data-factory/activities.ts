/** The activities of a pipeline at any depth, each with its way through the containers: `If1/true/Copy1`. */
import { getField, isList, isObject, findKey, pointerOf, getText, type Json } from './json';

export interface ActivityAtPath {
  readonly path: string;
  /** Its path without its name: what it shares with its neighbours. */
  readonly prefix: string;
  readonly body: Json;
  readonly warnings: readonly string[];
  /** The container it stands in; none on the first level. */
  readonly container?: string;
  /** Where its list stands in the container, or in the pipeline: a JSON pointer. */
  readonly listPointer: string;
}

/** Data Factory's branches have names of their own in a path; plain containers (ForEach, Until) have none. */
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
  collect(
    getField(list, key),
    { prefix: '', listPointer: pointerOf([properties, key]) },
    (activity) => {
      const { path: name, warnings } = activity;
      let path = name;
      for (let n = 2; taken.has(path.toLowerCase()); n++) path = `${name}~${n}`;
      taken.add(path.toLowerCase());
      const twin = 'Another activity has the same name.';
      found.push({
        ...activity,
        path,
        warnings: path === name ? warnings : [...warnings, twin],
      });
      return path;
    },
  );
  return found;
}

interface ListPosition {
  readonly prefix: string;
  readonly listPointer: string;
  readonly container?: string;
}

/** `place` gives the path that an activity has in the end. */
function collect(
  list: Json | undefined,
  where: ListPosition,
  place: (activity: ActivityAtPath) => string,
): void {
  if (!isList(list)) return;
  list.forEach((activity, index) => {
    if (activity === null) return;
    const name = getText(activity, 'name');
    const inside = getField(activity, 'typeProperties');
    const warnings = [
      ...(name === undefined ? ['The activity has no name.'] : []),
      ...(inside === undefined || isObject(inside) ? [] : ['typeProperties is not an object.']),
    ];
    const own = `${where.prefix}${name ?? `#${index + 1}`}`;
    const path = place({ ...where, path: own, body: activity, warnings });
    for (const { branch, pointer, activities } of nestedLists(activity))
      collect(
        activities,
        { prefix: `${path}/${branch}`, listPointer: pointer, container: path },
        place,
      );
  });
}

export interface ActivityList {
  /** As it stands in a path. */
  readonly branch: string;
  /** Where the list stands in the activity. */
  readonly pointer: string;
  readonly activities: Json;
}

/** Every list of activities an activity holds. A container we do not know is entered by the names of its lists. */
export function* nestedLists(activity: Json): Generator<ActivityList> {
  const settings = findKey(activity, 'typeProperties');
  const inside = getField(activity, settings ?? '');
  if (settings === undefined || !isObject(inside)) return;
  for (const [key, value] of Object.entries(inside)) {
    const known = branches[key.toLowerCase()];
    const pointer = pointerOf([settings, key]);
    if (known !== undefined) yield { branch: known, pointer, activities: value };
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
