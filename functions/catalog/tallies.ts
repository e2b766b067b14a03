/** Counts of resources per kind. Pure, so that orchestrators may import it. */
import type { ResourceKind } from '../data-factory/resource';

export interface Tally {
  readonly read: number;
  readonly written: number;
  readonly unchanged: number;
  readonly removed: number;
}
export type Tallies = Partial<Record<ResourceKind, Tally>>;

const emptyTally: Tally = { read: 0, written: 0, unchanged: 0, removed: 0 };

export function addTally(tallies: Tallies, kind: ResourceKind, more: Partial<Tally>): Tallies {
  const { read, written, unchanged, removed } = tallies[kind] ?? emptyTally;
  return {
    ...tallies,
    [kind]: {
      read: read + (more.read ?? 0),
      written: written + (more.written ?? 0),
      unchanged: unchanged + (more.unchanged ?? 0),
      removed: removed + (more.removed ?? 0),
    },
  };
}

export function addTallies(one: Tallies, other: Tallies): Tallies {
  let sum = one;
  for (const [kind, tally] of Object.entries(other))
    sum = addTally(sum, kind as ResourceKind, tally);
  return sum;
}

/** The sum over all kinds. */
export const totalOf = (tallies: Tallies): Tally =>
  Object.values(tallies).reduce<Tally>(
    (sum, { read, written, unchanged, removed }) => ({
      read: sum.read + read,
      written: sum.written + written,
      unchanged: sum.unchanged + unchanged,
      removed: sum.removed + removed,
    }),
    emptyTally,
  );
