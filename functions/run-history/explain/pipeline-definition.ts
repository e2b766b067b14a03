/** What the explanation of a run needs of a pipeline: its activities and what they depend on. */
import { extractActivities } from '../../data-factory/activities';
import { getField, getText, isList, type Json } from '../../data-factory/json';

export interface DefinedActivity {
  readonly name: string;
  /** Activities of one list share it. An activity depends on activities of its own list only. */
  readonly scope: string;
  /** Name of the activity that contains the list. Absent on the first level. */
  readonly container?: string;
  readonly dependsOn: readonly Dependency[];
}

export interface Dependency {
  readonly activity: string;
  /** In lower case: succeeded, failed, skipped, completed. One of them must have come true. */
  readonly conditions: readonly string[];
}

/** Names are unique within a pipeline, at any depth. Undefined without a definition. */
export function definedActivities(
  pipeline: Json | undefined,
): readonly DefinedActivity[] | undefined {
  if (pipeline === undefined) return undefined;
  const found = extractActivities(pipeline);
  const names = new Map(found.map(({ path, body }) => [path, getText(body, 'name') ?? path]));
  return found.map(({ path, prefix, container, body }) => ({
    name: names.get(path)!,
    scope: prefix,
    ...(container !== undefined && { container: names.get(container)! }),
    dependsOn: dependenciesOf(body),
  }));
}

function dependenciesOf(activity: Json): Dependency[] {
  const listed = getField(activity, 'dependsOn');
  if (!isList(listed)) return [];
  return listed.flatMap((entry) => {
    const name = getText(entry, 'activity');
    const conditions = getField(entry, 'dependencyConditions');
    if (name === undefined) return [];
    return {
      activity: name,
      conditions: isList(conditions)
        ? conditions.flatMap((each) => (typeof each === 'string' ? [each.toLowerCase()] : []))
        : ['succeeded'],
    };
  });
}
