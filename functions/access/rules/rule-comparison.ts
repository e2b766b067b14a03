/** What a change of rules adds and removes, over one snapshot of the directory. */
import { grantKey, type WantedGrant } from './effective-grants';
import type { RuleSet } from './role-rule';
import { grantsOfSnapshot, type DirectorySnapshot, type SubjectGrants } from './snapshot';

export interface ComparedGrant extends WantedGrant, Pick<SubjectGrants, 'subject' | 'name'> {}

export interface RuleComparison {
  readonly added: readonly ComparedGrant[];
  readonly removed: readonly ComparedGrant[];
  readonly unchanged: number;
}

type Rules = Pick<RuleSet, 'rules' | 'highestRoleOnly'>;

export function compareRules(
  snapshot: DirectorySnapshot,
  before: Rules,
  after: Rules,
): RuleComparison {
  const old = flatten(grantsOfSnapshot(before, snapshot));
  const wanted = flatten(grantsOfSnapshot(after, snapshot));
  const added = [...wanted].filter(([key]) => !old.has(key)).map(([, grant]) => grant);
  const removed = [...old].filter(([key]) => !wanted.has(key)).map(([, grant]) => grant);
  return { added, removed, unchanged: wanted.size - added.length };
}

function flatten(all: readonly SubjectGrants[]): ReadonlyMap<string, ComparedGrant> {
  return new Map(
    all.flatMap(({ subject, name, grants }) =>
      grants.map((grant): [string, ComparedGrant] => [
        `${subject.kind}|${subject.id}|${grantKey(grant)}`,
        { ...grant, subject, name },
      ]),
    ),
  );
}
