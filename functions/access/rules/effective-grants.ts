/** Rules × memberships → wanted grants. Pure, so that a dry run and the worker decide alike. */
import type { Group, Person } from '../person';
import { folded, matchesGlob } from './glob';
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

/** `groups` are all groups that have the user as a member, directly or through other groups. */
export function grantsOfPerson(
  ruleSet: Rules,
  person: Person,
  groups: readonly Group[],
): readonly WantedGrant[] {
  if (!person.active) return [];
  const byUser = ruleSet.rules.filter(({ principalMode }) => principalMode === 'user');
  return grantsFor(ruleSet, byUser, (rule) => reasonsOf(rule, person.roles, groups));
}

/** Grants of the Entra group itself, by rules whose principal mode is `group`. */
export function grantsOfGroup(ruleSet: Rules, group: Group): readonly WantedGrant[] {
  const byGroup = ruleSet.rules.filter(({ principalMode }) => principalMode === 'group');
  return grantsFor(ruleSet, byGroup, (rule) => reasonsOf(rule, [], [group]));
}

/** Key of what Azure keeps once: a role on a scope. */
export const grantKey = ({ role, scope }: Pick<WantedGrant, 'role' | 'scope'>): string =>
  `${role}|${scopeKey(scope)}`;

function grantsFor(
  { highestRoleOnly }: Rules,
  rules: readonly RoleRule[],
  reasonsFor: (rule: RoleRule) => readonly GrantReason[],
): readonly WantedGrant[] {
  const grants = new Map<string, WantedGrant>();
  for (const rule of rules) {
    const added = reasonsFor(rule);
    if (added.length === 0) continue;
    for (const scope of rule.scopes) {
      const key = grantKey({ role: rule.role, scope });
      const known = grants.get(key) ?? { role: rule.role, scope, reasons: [] };
      grants.set(key, { ...known, reasons: merged(known.reasons, added) });
    }
  }
  const all = [...grants.values()];
  return highestRoleOnly ? all.filter((grant) => isHighest(grant, all)) : all;
}

/** A rule may name one scope twice, in different case. */
function merged(
  known: readonly GrantReason[],
  added: readonly GrantReason[],
): readonly GrantReason[] {
  const keyOf = ({ ruleId, groupId = '' }: GrantReason) => `${ruleId}|${groupId}`;
  return [...new Map([...known, ...added].map((reason) => [keyOf(reason), reason])).values()];
}

function isHighest({ role, scope }: WantedGrant, all: readonly WantedGrant[]): boolean {
  const rank = (name: RoleName) => roleNames.indexOf(name);
  return !all.some(
    (other) => scopeKey(other.scope) === scopeKey(scope) && rank(other.role) < rank(role),
  );
}

function reasonsOf(
  { id: ruleId, match }: RoleRule,
  roles: readonly string[],
  groups: readonly Group[],
): readonly GrantReason[] {
  if (match.kind === 'user_role') return roles.includes(match.value) ? [{ ruleId }] : [];
  return groups
    .filter((group) => matchesGroup(match, group))
    .map(({ id: groupId }) => ({ ruleId, groupId }));
}

export function matchesGroup({ kind, value }: RuleMatch, group: Group): boolean {
  switch (kind) {
    case 'group_name':
      return folded(group.displayName) === folded(value);
    case 'group_name_glob':
      return matchesGlob(value, group.displayName);
    case 'group_external_id':
      return group.externalId === value;
    case 'group_id':
      return group.id === value;
    case 'user_role':
      return false;
  }
}
