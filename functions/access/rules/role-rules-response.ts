/** Role rules and their comparison in API responses. */
import { z } from 'zod';
import { personResponse } from '../../events/actor';
import { etagMember } from '../../storage/etag-member';
import { roleName, roleRule, ruleSetEtag, type RuleSet } from './role-rule';
import { maxListed, type ComparedGrant, type RuleComparison } from './rule-comparison';
import { isFactory } from './scope';

export const roleRulesResponse = z
  .strictObject({
    version: z.int().describe('Counts changes. 0 before the first one.'),
    etag: etagMember,
    highestRoleOnly: z.boolean(),
    rules: z.array(roleRule),
    changedAt: z.iso.datetime().optional().describe('Absent before the first change.'),
    changedBy: personResponse.optional(),
    reason: z.string().optional().describe('Why the author made this version.'),
    warnings: z
      .array(z.strictObject({ ruleId: z.string(), detail: z.string() }))
      .describe('What the rules probably do not achieve.'),
  })
  .meta({ id: 'RoleRules' });

export function toRoleRulesResponse(rules: RuleSet): z.infer<typeof roleRulesResponse> {
  const { version, highestRoleOnly, changedAt, changedBy, reason } = rules;
  return {
    version,
    etag: ruleSetEtag(rules),
    highestRoleOnly,
    rules: rules.rules.map((rule) => ({ ...rule })),
    changedAt,
    changedBy,
    reason,
    warnings: rules.rules.flatMap(({ id, role, scopes, principalMode }) => [
      ...(role === 'contributor' && scopes.some(isFactory)
        ? [{ ruleId: id, detail: contributorOnFactory }]
        : []),
      ...(principalMode === 'group' ? [{ ruleId: id, detail: groupMode }] : []),
    ]),
  };
}

const contributorOnFactory =
  'Contributor on a factory alone cannot publish in Data Factory Studio, which needs deployments on the resource group. Use the resource group as scope.';
const groupMode =
  'The Entra group holds the role, so a deactivation at this connection does not take it away. Entra must end the membership.';

export const subjectResponse = z.strictObject({
  kind: z.enum(['user', 'group']),
  id: z.string().describe('SCIM id.'),
  name: z.string().optional().describe('userName or displayName. Absent after a deletion.'),
});

export const reasonResponse = z.strictObject({
  ruleId: z.string(),
  groupId: z
    .string()
    .optional()
    .describe('SCIM id of the group that matched. Absent if a role of the user did.'),
});

const comparedGrantResponse = z.strictObject({
  subject: subjectResponse,
  role: roleName,
  scope: z.string(),
  reasons: z.array(reasonResponse),
});

export const ruleComparisonResponse = z
  .strictObject({
    add: z.int().describe('Grants that the rules would add.'),
    remove: z.int().describe('Grants that the rules would remove.'),
    unchanged: z.int(),
    needsConfirmation: z
      .boolean()
      .describe('The change removes so much that it needs confirmRevocations.'),
    additions: z.array(comparedGrantResponse).describe(`At most ${maxListed}.`),
    removals: z.array(comparedGrantResponse).describe(`At most ${maxListed}.`),
  })
  .meta({ id: 'RoleRuleComparison' });

export const toComparisonResponse = (
  { added, removed, unchanged }: RuleComparison,
  needsConfirmation: boolean,
): z.infer<typeof ruleComparisonResponse> => ({
  add: added.count,
  remove: removed.count,
  unchanged,
  needsConfirmation,
  additions: added.first.map(toComparedGrant),
  removals: removed.first.map(toComparedGrant),
});

const toComparedGrant = ({ subject, name, role, scope, reasons }: ComparedGrant) => ({
  subject: { kind: subject.kind, id: subject.id, name },
  role,
  scope,
  reasons: reasons.map(({ ruleId, groupId }) => ({ ruleId, groupId })),
});
