/** Lays the activities of one run out in time: in order, through loops and branches, with retries and failures. */
import { branchesOf, type Branch } from '../activities';
import { inner, objects, textOf, type Json } from '../json';
import { diceOf, type Dice } from './dice';

export type Outcome = 'Succeeded' | 'Failed' | 'Cancelled';

export interface ActivityStep {
  readonly id: string;
  readonly activity: Json;
  readonly name: string;
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly outcome: Outcome;
  /** Empty for the first attempt. */
  readonly retryAttempt: number | null;
}

interface Span {
  readonly start: number;
  readonly end: number;
  readonly outcome: Outcome;
}

/** In the order of their start. `words` decide everything that is left to chance. */
export function layOut(activities: Branch, span: Span, words: string): ActivityStep[] {
  return [...sequence(activities.filter(isActive), span, diceOf(words))].sort(
    (one, other) => one.start - other.start,
  );
}

const isActive = (activity: Json) => activity['state'] !== 'Inactive';

/** One after the other; a run that does not succeed ends with the activity that broke it. */
function* sequence(activities: Branch, span: Span, dice: Dice): Generator<ActivityStep> {
  const broken = span.outcome !== 'Succeeded';
  const reached = broken ? dice.between(1, activities.length) : activities.length;
  const weights = activities.slice(0, reached).map(() => 0.5 + dice.next());
  const unit = (span.end - span.start) / weights.reduce((sum, weight) => sum + weight, 0);
  let start = span.start;
  for (const [index, activity] of inOrder(activities).slice(0, reached).entries()) {
    const end = Math.round(start + weights[index]! * unit);
    const outcome = index === reached - 1 ? span.outcome : 'Succeeded';
    yield* attempts(activity, { start: Math.round(start), end, outcome }, dice);
    start = end;
  }
}

/** Whoever depends on another comes after it; otherwise as written. */
function inOrder(activities: Branch): Json[] {
  const names = new Map(activities.map((activity) => [textOf(activity['name']), activity]));
  const ordered = new Set<Json>();
  const visit = (activity: Json, path: ReadonlySet<Json>) => {
    if (ordered.has(activity) || path.has(activity)) return;
    for (const dependency of objects(activity['dependsOn'])) {
      const before = names.get(textOf(dependency['activity']));
      if (before) visit(before, new Set([...path, activity]));
    }
    ordered.add(activity);
  };
  for (const activity of activities) visit(activity, new Set());
  return [...ordered];
}

function* attempts(activity: Json, span: Span, dice: Dice): Generator<ActivityStep> {
  const retries = Number(inner(activity, 'policy')['retry'] ?? 0) > 0;
  if (!retries || span.outcome !== 'Succeeded' || !dice.chance(0.2)) {
    yield* attempt(activity, span, null, dice);
    return;
  }
  const second = Math.round(span.start + (span.end - span.start) * 0.3);
  yield* attempt(activity, { ...span, end: second, outcome: 'Failed' }, null, dice);
  yield* attempt(activity, { ...span, start: second }, 1, dice);
}

function* attempt(
  activity: Json,
  span: Span,
  retryAttempt: number | null,
  dice: Dice,
): Generator<ActivityStep> {
  const name = textOf(activity['name']);
  const type = textOf(activity['type']);
  yield { id: dice.guid(), activity, name, type, ...span, retryAttempt };
  yield* insideOf(activity, type, span, dice);
}

/** Loops go round once or more, conditions take one of their branches. */
function* insideOf(activity: Json, type: string, span: Span, dice: Dice): Generator<ActivityStep> {
  const branch = dice.pick(branchesOf(activity))?.filter(isActive) ?? [];
  if (branch.length === 0) return;
  const rounds = type === 'ForEach' || type === 'Until' ? dice.between(1, 3) : 1;
  const length = (span.end - span.start) / rounds;
  for (let round = 0; round < rounds; round++) {
    const start = Math.round(span.start + round * length);
    const end = Math.round(start + length);
    const outcome = round === rounds - 1 ? span.outcome : 'Succeeded';
    yield* sequence(branch, { start, end, outcome }, dice);
  }
}
