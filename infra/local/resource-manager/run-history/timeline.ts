/**
 * Schedules the activities of one run: in order, through loops and branches, with retries and
 * failures.
 */
import { branchesOf, type Branch } from '../factories/activities';
import { inner, objects, textOf, type Json } from '../json';
import { seededRandom, type SeededRandom } from './seeded-random';

export type Outcome = 'Succeeded' | 'Failed' | 'Cancelled';

export interface ActivityStep {
  /** Unique over all runs. */
  readonly key: string;
  readonly activity: Json;
  readonly name: string;
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly outcome: Outcome;
  /** null for the first attempt. */
  readonly retryAttempt: number | null;
}

type ScheduledActivity = Omit<ActivityStep, 'key'>;

interface Span {
  readonly start: number;
  readonly end: number;
  readonly outcome: Outcome;
}

/** Returns the steps in the order of their start. `seed` determines all random choices. */
export function scheduleActivities(branch: Branch, span: Span, seed: string): ActivityStep[] {
  return [...sequence(branch, span, seededRandom(seed))]
    .map((step, index) => ({ ...step, key: `${seed}/${index}` }))
    .sort((one, other) => one.start - other.start);
}

/** One activity after another. An unsuccessful run ends with the activity that failed. */
function* sequence(branch: Branch, span: Span, random: SeededRandom): Generator<ScheduledActivity> {
  const activities = runnableOf(branch);
  if (activities.length === 0) return;
  const isUnsuccessful = span.outcome !== 'Succeeded';
  const reached = isUnsuccessful ? random.between(1, activities.length) : activities.length;
  const weights = activities.slice(0, reached).map(() => 0.5 + random.next());
  const unit = (span.end - span.start) / weights.reduce((sum, weight) => sum + weight, 0);
  let start = span.start;
  for (const [index, activity] of activities.slice(0, reached).entries()) {
    const end = Math.round(start + weights[index]! * unit);
    const outcome = index === reached - 1 ? span.outcome : 'Succeeded';
    yield* attempts(activity, { start: Math.round(start), end, outcome }, random);
    start = end;
  }
}

const runnableActivities = new WeakMap<Branch, readonly Json[]>();

/** The activities that run if all succeed, in the order of their dependencies. */
function runnableOf(branch: Branch): readonly Json[] {
  const found = runnableActivities.get(branch) ?? inOrder(branch);
  runnableActivities.set(branch, found);
  return found;
}

function inOrder(branch: Branch): Json[] {
  const names = new Map(branch.map((activity) => [textOf(activity['name']), activity]));
  const runs = new Map<Json, boolean>();
  /** Returns false for a disabled activity and for one whose dependencies do not run. */
  const visit = (activity: Json): boolean => {
    const visited = runs.get(activity);
    if (visited !== undefined) return visited;
    runs.set(activity, false);
    const dependencies = objects(activity['dependsOn']).map(
      (dependency) =>
        awaitsSuccess(dependency) &&
        visit(names.get(textOf(dependency['activity'])) ?? missingActivity),
    );
    runs.delete(activity);
    runs.set(activity, dependencies.every(Boolean) && isEnabled(activity));
    return runs.get(activity)!;
  };
  for (const activity of branch) visit(activity);
  runs.delete(missingActivity);
  return [...runs].filter(([, happens]) => happens).map(([activity]) => activity);
}

/** Stands for a dependency that does not exist. */
const missingActivity: Json = {};

const isEnabled = ({ state, type }: Json) => state !== 'Inactive' && type !== 'Fail';

function awaitsSuccess({ dependencyConditions: conditions }: Json): boolean {
  if (!Array.isArray(conditions) || conditions.length === 0) return true;
  return conditions.includes('Succeeded') || conditions.includes('Completed');
}

function* attempts(activity: Json, span: Span, random: SeededRandom): Generator<ScheduledActivity> {
  const retries = Number(inner(activity, 'policy')['retry'] ?? 0) > 0;
  if (!retries || span.outcome !== 'Succeeded' || !random.chance(0.2)) {
    yield* attempt(activity, span, null, random);
    return;
  }
  const second = Math.round(span.start + (span.end - span.start) * 0.3);
  yield* attempt(activity, { ...span, end: second, outcome: 'Failed' }, null, random);
  yield* attempt(activity, { ...span, start: second }, 1, random);
}

function* attempt(
  activity: Json,
  span: Span,
  retryAttempt: number | null,
  random: SeededRandom,
): Generator<ScheduledActivity> {
  const name = textOf(activity['name']);
  const type = textOf(activity['type']);
  yield { activity, name, type, ...span, retryAttempt };
  yield* insideOf(activity, type, span, random);
}

/** Loops run one to three times, conditions take one branch. */
function* insideOf(
  activity: Json,
  type: string,
  span: Span,
  random: SeededRandom,
): Generator<ScheduledActivity> {
  const branch = random.pick(branchesOf(activity)) ?? [];
  if (branch.length === 0) return;
  const rounds = type === 'ForEach' || type === 'Until' ? random.between(1, 3) : 1;
  const length = (span.end - span.start) / rounds;
  for (let round = 0; round < rounds; round++) {
    const start = Math.round(span.start + round * length);
    const end = Math.round(start + length);
    const outcome = round === rounds - 1 ? span.outcome : 'Succeeded';
    yield* sequence(branch, { start, end, outcome }, random);
  }
}
