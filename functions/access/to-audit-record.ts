/** Records of access as the audit trail stores them. */
import type { AuditRecord } from '../audit/audit-record';
import type { AccessRecord } from './access-record';

export function toAuditRecord(record: AccessRecord): AuditRecord {
  const { actor, subject, assignment, rules, problem, azureCode, durationMs, ...rest } = record;
  const data = {
    ...(assignment && { assignment: assignment.name }),
    ...(problem !== undefined && { problem }),
    ...(azureCode !== undefined && { azureCode }),
    ...(durationMs !== undefined && { durationMs }),
    ...rules,
  };
  return {
    ...rest,
    actor: actor === 'system' ? { kind: 'system' } : { kind: 'person', ...actor },
    ...(record.action === 'grant.failed' && { outcome: 'failed' }),
    ...(subject && {
      resource: { type: subject.kind === 'user' ? 'User' : 'Group', id: subject.id },
    }),
    ...(rules && { resource: { type: 'RuleSet', id: record.connectionId } }),
    ...(assignment && {
      grants: [
        {
          principalId: assignment.principalId,
          role: assignment.role,
          scope: assignment.scope,
          groupIds: assignment.reasons.flatMap(({ groupId }) => groupId ?? []),
          ruleIds: [...new Set(assignment.reasons.map(({ ruleId }) => ruleId))],
        },
      ],
    }),
    ...(Object.keys(data).length > 0 && { data }),
  };
}
