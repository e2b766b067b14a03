/** Grants and the state of access in API responses. */
import { z } from 'zod';
import type { AccessStatus, ReportedGrant } from './access-report';
import { assignmentProblems, assignmentStates } from './grants/assignment';
import { assignmentLimit, type DriftReport } from './grants/drift';
import { roleName } from './rules/role-rule';
import { reasonResponse, subjectResponse } from './rules/role-rules-response';

const time = z.iso.datetime();

export const grantResponse = z
  .strictObject({
    subject: subjectResponse,
    principal: z.strictObject({
      objectId: z.string().describe('Object id in Entra.'),
      type: z.enum(['User', 'Group']),
    }),
    role: roleName,
    scope: z.string(),
    roleAssignment: z
      .string()
      .describe('Name of the role assignment in Azure. Not that of a manual one.'),
    status: z
      .enum(assignmentStates)
      .describe(
        '`pending`: due. `assigned`: accepted by Azure. `manual`: made by others, never deleted by this service. `failed`: Azure refuses it; it is tried again.',
      ),
    problem: z
      .enum(assignmentProblems)
      .optional()
      .describe(
        'Why Azure refused the last request. Absent after success. `scope_locked`: a lock, or a disabled subscription, keeps the assignment in Azure; it is removed after the lock is.',
      ),
    adopted: z.boolean().describe('An earlier assignment of this service was found and kept.'),
    reasons: z
      .array(reasonResponse)
      .describe('Why: the grant ends when the last reason ends. At most 100.'),
    wantedAt: time.describe('When the first reason came up.'),
    assignedAt: time.optional().describe('When Azure accepted it. Absent before.'),
  })
  .meta({ id: 'Grant' });

export function toGrantResponse({
  assignment,
  subject: { kind, id, name },
}: ReportedGrant): z.infer<typeof grantResponse> {
  const { role, scope, state, problem, adopted, reasons, wantedSince, assignedAt } = assignment;
  return {
    subject: { kind, id, name },
    principal: { objectId: assignment.principalId, type: assignment.principalType },
    role,
    scope,
    roleAssignment: assignment.name,
    status: state,
    problem,
    adopted,
    reasons: reasons.map(({ ruleId, groupId }) => ({ ruleId, groupId })),
    wantedAt: wantedSince,
    assignedAt,
  };
}

export const driftResponse = z
  .strictObject({
    reconciledAt: time,
    missing: z.int().describe('Assignments that were missing in Azure and are made again.'),
    unwanted: z.int().describe('Leftovers of this service that were deleted.'),
    foreignCount: z
      .int()
      .describe('Assignments of others, and leftovers that wait for a confirmation. Not changed.'),
    foreign: z
      .array(
        z.strictObject({
          name: z.string(),
          scope: z.string(),
          role: roleName,
          principalId: z.string(),
        }),
      )
      .describe('The first 50 of them. Those of others are never changed.'),
    failedScopes: z
      .array(z.strictObject({ scope: z.string(), problem: z.enum(assignmentProblems) }))
      .describe(
        'The first 50 scopes that could not be listed, or not in time (`throttled`), and those where leftovers could not be deleted.',
      ),
    failedScopeCount: z.int(),
    subscriptions: z
      .array(z.strictObject({ subscriptionId: z.string(), assignments: z.int(), limit: z.int() }))
      .describe('Role assignments of any kind, and the limit of Azure.'),
  })
  .meta({ id: 'AccessDrift' });

export const toDriftResponse = (drift: DriftReport): z.infer<typeof driftResponse> => ({
  reconciledAt: drift.at,
  missing: drift.missing,
  unwanted: drift.unwanted,
  foreignCount: drift.foreignCount,
  foreign: drift.foreign.map(({ name, scope, role, principalId }) => ({
    name,
    scope,
    role,
    principalId,
  })),
  failedScopes: drift.failedScopes.map(({ scope, problem }) => ({ scope, problem })),
  failedScopeCount: drift.failedScopeCount ?? drift.failedScopes.length,
  subscriptions: drift.subscriptions.map(({ subscriptionId, assignments }) => ({
    subscriptionId,
    assignments,
    limit: assignmentLimit,
  })),
});

export const accessStatusResponse = z
  .strictObject({
    pending: z.strictObject({
      revocations: z.int().describe('Users and groups that may lose access.'),
      grants: z.int().describe('Users and groups that may gain access.'),
      held: z.int().describe('Those that wait for confirm-revocations.'),
      oldestRequestedAt: time.optional().describe('Absent if nothing is pending.'),
    }),
    revocationsHeldAt: time
      .optional()
      .describe('A mass revocation by memberships waits since then. Absent if none does.'),
    pendingPrincipals: z
      .array(
        z.strictObject({
          subject: subjectResponse,
          reason: z
            .enum(['missing', 'ambiguous', 'not_permitted', 'unavailable'])
            .describe(
              '`missing`: Entra has no such object. `ambiguous`: several. `not_permitted`: the app lacks User.Read.All or GroupMember.Read.All. `unavailable`: Entra did not answer.',
            ),
          pendingAt: time.describe('When it was first looked for.'),
        }),
      )
      .describe('Users and groups without a known object in Entra, at most 100.'),
    drift: driftResponse.optional().describe('The last reconciliation. Absent before the first.'),
  })
  .meta({ id: 'AccessStatus' });

export function toAccessStatusResponse({
  intents,
  pendingPrincipals,
  breaker,
  drift,
}: AccessStatus): z.infer<typeof accessStatusResponse> {
  return {
    pending: {
      revocations: intents.revoke,
      grants: intents.grant,
      held: intents.held,
      oldestRequestedAt: intents.oldestRequestedAt,
    },
    revocationsHeldAt: breaker?.heldSince,
    pendingPrincipals: pendingPrincipals.map(({ subject: { kind, id, name }, reason, since }) => ({
      subject: { kind, id, name },
      reason,
      pendingAt: since,
    })),
    drift: drift && toDriftResponse(drift),
  };
}
