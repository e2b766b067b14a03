/** What a change of rules adds and removes, over one snapshot of the directory. */
import { runInSlices } from '../../concurrency/run-in-slices';
import { EffectiveGrants, grantKey, type WantedGrant } from './effective-grants';
import type { RuleSet } from './role-rule';
import { subjectsOf, type DirectorySnapshot, type SnapshotSubject } from './snapshot';

export interface ComparedGrant extends WantedGrant, Pick<SnapshotSubject, 'subject' | 'name'> {}

/** A rule set may give many grants, so only the first ones are kept. */
export interface ComparedGrants {
  readonly count: number;
  readonly first: readonly ComparedGrant[];
}

export interface RuleComparison {
  readonly added: ComparedGrants;
  readonly removed: ComparedGrants;
  readonly unchanged: number;
}

type Rules = Pick<RuleSet, 'rules' | 'highestRoleOnly'>;

/** Added and removed grants that are listed, of each; all of them are counted. */
export const maxListed = 500;

/** Other requests of the worker go on meanwhile. */
export const compareRules = (
  snapshot: DirectorySnapshot,
  before: Rules,
  after: Rules,
): Promise<RuleComparison> => runInSlices(comparing(snapshot, before, after));

function* comparing(
  snapshot: DirectorySnapshot,
  before: Rules,
  after: Rules,
): Generator<void, RuleComparison> {
  const [earlier, later] = [new EffectiveGrants(before), new EffectiveGrants(after)];
  const added = new Collected();
  const removed = new Collected();
  let unchanged = 0;
  for (const each of subjectsOf(snapshot)) {
    const old = each.grantsOf(earlier);
    const wanted = each.grantsOf(later);
    const kept = added.add(each, wanted, new Set(old.map(grantKey)));
    removed.add(each, old, new Set(wanted.map(grantKey)));
    unchanged += kept;
    yield;
  }
  return { added, removed, unchanged };
}

class Collected implements ComparedGrants {
  readonly first: ComparedGrant[] = [];
  count = 0;

  /** Adds the grants that are not among `others`. Returns the number of those that are. */
  add(
    { subject, name }: SnapshotSubject,
    grants: readonly WantedGrant[],
    others: ReadonlySet<string>,
  ): number {
    const own = grants.filter((grant) => !others.has(grantKey(grant)));
    this.count += own.length;
    for (const grant of own.slice(0, maxListed - this.first.length))
      this.first.push({ ...grant, subject, name });
    return grants.length - own.length;
  }
}
