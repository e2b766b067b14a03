/** The activities of a pipeline at any depth, each with its way through the containers: `If1/true/Copy1`. */
import { field, isList, isObject, textField } from './json';
import type { Json } from './resource';

export interface PlacedActivity {
  readonly path: string;
  readonly body: Json;
  readonly warnings: readonly string[];
}

/** Data Factory's branches have names of their own in a path; plain containers (ForEach, Until) have none. */
const branches: Readonly<Record<string, string>> = {
  activities: '',
  iftrueactivities: 'true/',
  iffalseactivities: 'false/',
  defaultactivities: 'default/',
};

export function activitiesOf(pipeline: Json): PlacedActivity[] {
  const found: PlacedActivity[] = [];
  const taken = new Set<string>();
  const properties = field(pipeline, 'properties') ?? null;
  collect(field(properties, 'activities'), '', (name, body, warnings) => {
    let path = name;
    for (let n = 2; taken.has(path.toLowerCase()); n++) path = `${name}~${n}`;
    taken.add(path.toLowerCase());
    found.push({
      path,
      body,
      warnings: path === name ? warnings : [...warnings, 'Another activity has the same name.'],
    });
    return path;
  });
  return found;
}

type Place = (path: string, body: Json, warnings: readonly string[]) => string;

function collect(list: Json | undefined, prefix: string, place: Place): void {
  if (!isList(list)) return;
  list.forEach((activity, index) => {
    if (activity === null) return;
    const name = textField(activity, 'name');
    const inside = field(activity, 'typeProperties');
    const path = place(`${prefix}${name ?? `#${index + 1}`}`, activity, [
      ...(name === undefined ? ['The activity has no name.'] : []),
      ...(inside === undefined || isObject(inside) ? [] : ['typeProperties is not an object.']),
    ]);
    for (const [branch, nested] of nestedIn(inside)) collect(nested, `${path}/${branch}`, place);
  });
}

/** Every list of activities an activity holds. A container we do not know is entered by the names of its lists. */
function* nestedIn(typeProperties: Json | undefined): Generator<[branch: string, list: Json]> {
  if (!isObject(typeProperties)) return;
  for (const [key, value] of Object.entries(typeProperties)) {
    const known = branches[key.toLowerCase()];
    if (known !== undefined) yield [known, value];
    else if (key.toLowerCase() === 'cases' && isList(value))
      for (const each of value) {
        const nested = field(each, 'activities');
        if (nested !== undefined) yield [`case:${caseName(field(each, 'value'))}/`, nested];
      }
    else if (/activities$/i.test(key)) yield [`${key}/`, value];
  }
}

const caseName = (value: Json | undefined) =>
  typeof value === 'string' ? value : JSON.stringify(value ?? null);
