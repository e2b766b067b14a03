/** Iterates over the activities of a pipeline, including nested ones. */
import { field, inner, objects, type Json } from '../json';

export interface FoundActivity {
  readonly activity: Json;
  /** 0 for a top-level activity. */
  readonly depth: number;
}

/** A list of activities: the body of a loop, a branch or a case. */
export type Branch = readonly Json[];

export function* extractActivities(properties: unknown, depth = 0): Generator<FoundActivity> {
  const own = field(properties, 'activities');
  yield* walk(objects(own), depth);
}

function* walk(activities: Branch, depth: number): Generator<FoundActivity> {
  for (const activity of activities) {
    yield { activity, depth };
    for (const branch of branchesOf(activity)) yield* walk(branch, depth + 1);
  }
}

export function branchesOf(activity: Json): Branch[] {
  const inside = inner(activity, 'typeProperties');
  return [
    ...['activities', 'ifTrueActivities', 'ifFalseActivities', 'defaultActivities'].map((key) =>
      objects(inside[key]),
    ),
    ...objects(inside['cases']).map((each) => objects(each['activities'])),
  ].filter((branch) => branch.length > 0);
}
