/** Rules × memberships → wanted grants. Pure, so that a dry run and the worker decide alike. */
import type { Group, Person } from '../person';
import { folded, foldedLetters, matchesLetters } from './glob';
import { roleNames, type RoleName, type RoleRule, type RuleMatch, type RuleSet } from './role-rule';
import { scopeKey } from './scope';

/** Why a grant exists: a rule, and the group that it matched. A rule on user roles has no group. */
export interface GrantReason {
  readonly ruleId: string;
  readonly groupId?: string;
}

/** A role that a principal must hold on a scope, with every reason for it. */
export interface WantedGrant {
  readonly role: RoleName;
  readonly scope: string;
  readonly reasons: readonly GrantReason[];
}

type Rules = Pick<RuleSet, 'rules' | 'highestRoleOnly'>;

/** More reasons are left out: they are columns of a row. A grant still ends with its last reason. */
const maxReasons = 100;

/** What a rule set gives. Made once for many persons: a rule is compared with each group only once. */
export class EffectiveGrants {
  private readonly matchers: readonly (GroupMatcher | undefined)[];
  /** Positions of the rules that match a group. */
  private readonly matched = new Map<Group, readonly number[]>();

  constructor(private readonly ruleSet: Rules) {
    this.matchers = ruleSet.rules.map(({ match }) => groupMatcher(match));
  }

  /** `groups` are all groups that have the person as a member, directly or through other groups. */
  ofPerson(
    person: Pick<Person, 'active' | 'roles'>,
    groups: readonly Group[],
  ): readonly WantedGrant[] {
    if (!person.active) return [];
    const { rules } = this.ruleSet;
    const reasons = this.reasonsOf('user', groups);
    for (const [position, { id: ruleId, match }] of rules.entries())
      if (match.kind === 'user_role' && person.roles.includes(match.value))
        reasons.set(position, [{ ruleId }]);
    return this.grantsFor(reasons);
  }

  /** Grants of the Entra group itself, by rules whose principal mode is `group`. */
  ofGroup(group: Group): readonly WantedGrant[] {
    return this.grantsFor(this.reasonsOf('group', [group]));
  }

  /** By the position of the rule. Reasons are ordered, because they are compared with stored ones. */
  private reasonsOf(
    mode: RoleRule['principalMode'],
    groups: readonly Group[],
  ): Map<number, readonly GrantReason[]> {
    const reasons = new Map<number, GrantReason[]>();
    for (const group of groups.toSorted(byId))
      for (const position of this.matchedBy(group)) {
        const { id: ruleId, principalMode } = this.ruleSet.rules[position]!;
        if (principalMode !== mode) continue;
        const known = reasons.get(position) ?? [];
        known.push({ ruleId, groupId: group.id });
        reasons.set(position, known);
      }
    return reasons;
  }

  private matchedBy(group: Group): readonly number[] {
    const known = this.matched.get(group);
    if (known) return known;
    const name = foldedLetters(group.displayName);
    const found = this.matchers.flatMap((matches, position) =>
      matches?.(group, name) ? [position] : [],
    );
    this.matched.set(group, found);
    return found;
  }

  private grantsFor(reasonsOf: ReadonlyMap<number, readonly GrantReason[]>): WantedGrant[] {
    const { rules, highestRoleOnly } = this.ruleSet;
    const grants = new Map<string, { role: RoleName; scope: string; reasons: GrantReason[] }>();
    for (const [position, added] of [...reasonsOf].toSorted(([one], [other]) => one - other)) {
      const { id, role, scopes } = rules[position]!;
      for (const scope of scopes) {
        const key = grantKey({ role, scope });
        const known = grants.get(key) ?? { role, scope, reasons: [] };
        // A rule may name one scope twice, in different case.
        if (known.reasons.at(-1)?.ruleId !== id) known.reasons.push(...added);
        grants.set(key, known);
      }
    }
    const all = [...grants.values()].map(({ reasons, ...grant }) => ({
      ...grant,
      reasons: reasons.slice(0, maxReasons),
    }));
    return highestRoleOnly ? highestOf(all) : all;
  }
}

export const grantsOfPerson = (
  ruleSet: Rules,
  person: Person,
  groups: readonly Group[],
): readonly WantedGrant[] => new EffectiveGrants(ruleSet).ofPerson(person, groups);

export const grantsOfGroup = (ruleSet: Rules, group: Group): readonly WantedGrant[] =>
  new EffectiveGrants(ruleSet).ofGroup(group);

/** Key of what Azure keeps once: a role on a scope. */
export const grantKey = ({ role, scope }: Pick<WantedGrant, 'role' | 'scope'>): string =>
  `${role}|${scopeKey(scope)}`;

function highestOf(all: readonly WantedGrant[]): WantedGrant[] {
  const rank = ({ role }: WantedGrant) => roleNames.indexOf(role);
  const highest = new Map<string, number>();
  for (const grant of all) {
    const key = scopeKey(grant.scope);
    highest.set(key, Math.min(rank(grant), highest.get(key) ?? Infinity));
  }
  return all.filter((grant) => rank(grant) === highest.get(scopeKey(grant.scope)));
}

/** `name` is the folded displayName. */
type GroupMatcher = (group: Group, name: readonly string[]) => boolean;

/** Undefined for a rule that matches no group. */
function groupMatcher({ kind, value }: RuleMatch): GroupMatcher | undefined {
  switch (kind) {
    case 'group_name': {
      const wanted = folded(value);
      return (_, name) => name.join('') === wanted;
    }
    case 'group_name_glob': {
      const pattern = foldedLetters(value);
      return (_, name) => matchesLetters(pattern, name);
    }
    case 'group_external_id':
      return ({ externalId }) => externalId === value;
    case 'group_id':
      return ({ id }) => id === value;
    case 'user_role':
      return undefined;
  }
}

const byId = ({ id: one }: Group, { id: other }: Group) => (one < other ? -1 : 1);
