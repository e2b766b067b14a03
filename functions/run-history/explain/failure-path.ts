/**
 * Which activity made a pipeline run fail. A pipeline fails if one of its last activities does; a
 * skipped last activity counts as what it waited for. A failure that another activity handles fails
 * nothing. (Azure docs: "Pipeline failure and error handling".)
 */
import type { ActivityRun } from '../run';
import type { DefinedActivity, Dependency } from './pipeline-definition';

export interface Failure {
  /** The failed activity, after the activities that contain it, outermost first. */
  readonly path: readonly ActivityRun[];
  /** Names of activities that did not run because of it. */
  readonly skipped: readonly string[];
}

/**
 * Undefined if no activity made the run fail. The first failure counts if the definition does not
 * know all activities: it is missing, or it changed since the run.
 */
export function findFailure(
  runs: readonly ActivityRun[],
  defined: readonly DefinedActivity[] | undefined,
): Failure | undefined {
  const final = withoutRepeatedAttempts(runs);
  const pipeline = new PipelineOutcome(final, defined ?? []);
  const path =
    pipeline.failurePath() ?? (pipeline.isKnown(final) ? undefined : firstFailure(final));
  if (path === undefined) return undefined;
  return { path, skipped: path.flatMap((run) => pipeline.skippedAfter(run.activity)) };
}

const keyOf = (name: string) => name.toLowerCase();
const isFailed = ({ status }: ActivityRun) => /^(failed|timedout|cancelled)$/i.test(status);
const isContainer = ({ type }: ActivityRun) => /^(foreach|ifcondition|switch|until)$/i.test(type);
const finishedAt = ({ end, start }: ActivityRun) => end ?? start;
const earliest = (runs: readonly ActivityRun[]) =>
  runs.toSorted((one, other) => (finishedAt(one) < finishedAt(other) ? -1 : 1))[0];

/** A failed attempt that was repeated decided nothing. */
function withoutRepeatedAttempts(runs: readonly ActivityRun[]): readonly ActivityRun[] {
  const attempt = ({ retryAttempt = 0 }: ActivityRun) => retryAttempt;
  return runs.filter(
    (run) =>
      !isFailed(run) ||
      !runs.some(
        (other) =>
          keyOf(other.activity) === keyOf(run.activity) &&
          attempt(other) === attempt(run) + 1 &&
          other.start >= finishedAt(run),
      ),
  );
}

function firstFailure(runs: readonly ActivityRun[]): readonly ActivityRun[] | undefined {
  const failed = runs.filter(isFailed);
  const inner = failed.filter((run) => !isContainer(run));
  const first = earliest(inner.length > 0 ? inner : failed);
  return first && [first];
}

function groupBy<T>(items: readonly T[], keyFor: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyFor(item));
    if (group) group.push(item);
    else groups.set(keyFor(item), [item]);
  }
  return groups;
}

class PipelineOutcome {
  private readonly runs: ReadonlyMap<string, readonly ActivityRun[]>;
  private readonly activities: ReadonlyMap<string, DefinedActivity>;

  constructor(
    runs: readonly ActivityRun[],
    private readonly defined: readonly DefinedActivity[],
  ) {
    this.runs = groupBy(runs, ({ activity }) => keyOf(activity));
    this.activities = new Map(defined.map((activity) => [keyOf(activity.name), activity]));
  }

  isKnown(runs: readonly ActivityRun[]): boolean {
    return runs.every(({ activity }) => this.activities.has(keyOf(activity)));
  }

  /** From the first level into the containers. */
  failurePath(container?: string): readonly ActivityRun[] | undefined {
    const inside = this.defined.filter((activity) => activity.container === container);
    const scopes = groupBy(inside, ({ scope }) => scope);
    const causes = [...scopes.values()].flatMap((scope) =>
      lastOf(scope).flatMap(({ name }) => this.causesOf(keyOf(name), new Set())),
    );
    const cause = earliest(causes);
    if (!cause) return undefined;
    const { name } = this.activities.get(keyOf(cause.activity))!;
    return [cause, ...(this.failurePath(name) ?? [])];
  }

  /** Activities that wait for this one, directly or not, and did not run. */
  skippedAfter(name: string): string[] {
    const skipped = new Map<string, string>();
    const visit = (waitedFor: string) => {
      const scope = this.activities.get(waitedFor)?.scope;
      for (const { name: next, dependsOn, ...activity } of this.defined) {
        const waits = dependsOn.some((dependency) => keyOf(dependency.activity) === waitedFor);
        if (!waits || activity.scope !== scope || skipped.has(keyOf(next))) continue;
        if (this.hasRun(keyOf(next))) continue;
        skipped.set(keyOf(next), next);
        visit(keyOf(next));
      }
    };
    visit(keyOf(name));
    return [...skipped.values()];
  }

  private hasRun(key: string): boolean {
    return (this.runs.get(key) ?? []).some(({ status }) => !/^skipped$/i.test(status));
  }

  private isMet({ activity, conditions }: Dependency): boolean {
    const key = keyOf(activity);
    const isFailure = (this.runs.get(key) ?? []).some(isFailed);
    const outcome = isFailure ? 'failed' : this.hasRun(key) ? 'succeeded' : 'skipped';
    return (
      conditions.includes(outcome) || (outcome !== 'skipped' && conditions.includes('completed'))
    );
  }

  /** The failed runs that decide the outcome of an activity. `visited` ends cycles. */
  private causesOf(key: string, visited: Set<string>): readonly ActivityRun[] {
    if (visited.has(key)) return [];
    visited.add(key);
    if (this.hasRun(key)) return (this.runs.get(key) ?? []).filter(isFailed);
    const { dependsOn = [] } = this.activities.get(key) ?? {};
    return dependsOn
      .filter((dependency) => !this.isMet(dependency))
      .flatMap(({ activity }) => this.causesOf(keyOf(activity), visited));
  }
}

/** Activities of one list that no other activity waits for. */
function lastOf(scope: readonly DefinedActivity[]): readonly DefinedActivity[] {
  const waitedFor = new Set(
    scope.flatMap(({ dependsOn }) => dependsOn.map(({ activity }) => keyOf(activity))),
  );
  return scope.filter(({ name }) => !waitedFor.has(keyOf(name)));
}
