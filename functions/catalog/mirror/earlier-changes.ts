/**
 * What an interrupted attempt of a step has changed, from the change log of the sync run. The next
 * attempt finds those rows unchanged, but its counts include them: counts are of the sync run.
 */
import type { KindTarget } from './kind-writer';
import type { ChangeLog } from '../ports';

export interface EarlierChanges {
  readonly written: ReadonlySet<string>;
  /** The row keys that were removed under a prefix, and those that are removed now. Each once. */
  removedUnder(prefix: string, now: readonly string[]): readonly string[];
}

export const noEarlierChanges: EarlierChanges = {
  written: new Set(),
  removedUnder: (_prefix, now) => now,
};

/** Activities are written and removed with their pipelines. */
export async function earlierChanges(
  changes: Pick<ChangeLog, 'recorded'>,
  target: KindTarget,
): Promise<EarlierChanges> {
  const { kind, factory, syncRunId } = target;
  const kinds = kind === 'pipeline' ? ([kind, 'activity'] as const) : [kind];
  const logs = await Promise.all(
    kinds.map((each) => changes.recorded(target, syncRunId, factory, each)),
  );
  const recorded = logs.flatMap((log) => [...log]);
  const removed = recorded.filter(([, change]) => change === 'removed').map(([key]) => key);
  return {
    written: new Set(recorded.filter(([, change]) => change !== 'removed').map(([key]) => key)),
    removedUnder: (prefix, now) => [
      ...new Set([...removed.filter((key) => key.startsWith(prefix)), ...now]),
    ],
  };
}
