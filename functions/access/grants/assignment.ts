/** A role assignment that a rule wants or wanted, with its state in Azure. */
import { z } from 'zod';
import { roleName } from '../rules/role-rule';

/** Whose rules and memberships decide: a user, or a group in the principal mode `group`. */
export const subject = z.object({ kind: z.enum(['user', 'group']), id: z.string() });
export type Subject = Readonly<z.infer<typeof subject>>;

export const assignmentStates = ['pending', 'assigned', 'manual', 'failed'] as const;

/** Why Azure did not accept a change. Each one is explained in the access report. */
export const assignmentProblems = [
  'not_permitted',
  'scope_not_found',
  /** A lock keeps assignments from being removed, and a disabled subscription any change. */
  'scope_locked',
  'role_not_found',
  'principal_not_found',
  'limit_reached',
  'name_taken',
  'throttled',
  'sign_in_failed',
  'unavailable',
  'unexpected_response',
] as const;
export type AssignmentProblem = (typeof assignmentProblems)[number];

export const ownedAssignment = z.object({
  subject,
  /** Name of the role assignment in Azure. */
  name: z.string(),
  generation: z.int(),
  role: roleName,
  roleId: z.string(),
  scope: z.string(),
  principalId: z.string(),
  principalType: z.enum(['User', 'Group']),
  reasons: z.array(z.object({ ruleId: z.string(), groupId: z.string().exactOptional() })),
  /**
   * `pending`: written before the request to Azure, so that no assignment exists without a row.
   * `manual`: the same assignment exists without our marker. It is shown and never deleted.
   */
  state: z.enum(assignmentStates),
  /** An earlier assignment of ours that was found under another name. */
  adopted: z.boolean(),
  problem: z.enum(assignmentProblems).exactOptional(),
  wantedSince: z.string(),
  /** Time of the last request to create it that has no response: Azure may still execute it. */
  unansweredAt: z.string().exactOptional(),
  assignedAt: z.string().exactOptional(),
});
export type OwnedAssignment = Readonly<z.infer<typeof ownedAssignment>>;

/** Names the connection in the description of an assignment, so that ours are told from others. */
export const markerOf = (connectionId: string): string => `adf-connect:${connectionId}`;

export const descriptionOf = (connectionId: string): string =>
  `Granted by provisioning. Do not edit. [${markerOf(connectionId)}]`;

/** Id of the connection that made an assignment. Undefined for assignments of others. */
export function connectionIn(description: string | undefined): string | undefined {
  const [, id] = /\[adf-connect:([\w-]{1,100})\]$/.exec(description ?? '') ?? [];
  return id;
}
