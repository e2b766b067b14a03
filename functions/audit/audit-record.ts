/**
 * What the audit trail records: a change, a refused request, a grant. Records hold no secret. An
 * entry is a record with its place in the chain of its tenant.
 */
import { z } from 'zod';
import { eventType } from '../events/event';

/** Actions of identity providers, of access rules and of the audit trail itself. */
export const ownActions = [
  'user.created',
  'user.changed',
  'user.deactivated',
  'user.reactivated',
  'user.deleted',
  'group.created',
  'group.changed',
  'group.deleted',
  'group.members_changed',
  'request.unchanged',
  'request.refused',
  'token.refused',
  'principal.resolved',
  'principal.pending',
  'rules.changed',
  'revocations.held',
  'revocations.confirmed',
  'reconciliation.requested',
  'grant.assigned',
  'grant.adopted',
  'grant.held_manually',
  'grant.failed',
  'grant.revoked',
  'grant.released',
  'drift.missing',
  'drift.unwanted',
  'drift.foreign',
  'access.reported',
  'audit.exported',
  'audit.purged',
  'audit.record_unreadable',
] as const;

/** Events of connectors keep their types as actions. */
export const auditAction = z.enum([...ownActions, ...eventType.options]);
export type AuditAction = z.infer<typeof auditAction>;

export const auditActor = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('token'), tokenId: z.string() }),
  z.object({ kind: z.literal('person'), objectId: z.string(), displayName: z.string() }),
  z.object({ kind: z.literal('system') }),
]);
export type AuditActor = Readonly<z.infer<typeof auditActor>>;

export const auditResourceType = z.enum([
  'User',
  'Group',
  'Connection',
  'Token',
  'Connector',
  'Webhook',
  'Tenant',
  'RuleSet',
  'Principal',
  'Assignment',
  'AuditTrail',
]);

const auditResource = z.object({
  type: auditResourceType,
  id: z.string().exactOptional(),
  name: z.string().exactOptional(),
});

const value = z.unknown().describe('Absent if the attribute had or has no value.');

const auditChange = z.object({
  path: z.string(),
  before: value.optional(),
  after: value.optional(),
});

export const auditOutcome = z.enum(['succeeded', 'failed', 'refused', 'unchanged']);
export type AuditOutcome = z.infer<typeof auditOutcome>;

const auditGrant = z.object({
  principalId: z.string().describe('Entra object id of the user or group.'),
  role: z.string(),
  scope: z.string().describe('Resource id of the factory or resource group.'),
  groupIds: z.array(z.string()).exactOptional().describe('Groups that were the reason.'),
  ruleIds: z.array(z.string()).exactOptional().describe('Rules that were the reason.'),
});

export const auditRecord = z.object({
  at: z.string(),
  tenantId: z.string(),
  connectionId: z.string().exactOptional(),
  connectorId: z.string().exactOptional(),
  actor: auditActor,
  ip: z.string().exactOptional(),
  requestId: z.string().exactOptional(),
  method: z.string().exactOptional(),
  action: auditAction,
  outcome: auditOutcome.exactOptional(),
  resource: auditResource.exactOptional(),
  changes: z.array(auditChange).exactOptional(),
  members: z
    .object({ added: z.array(z.string()), removed: z.array(z.string()) })
    .exactOptional()
    .describe('Ids of members.'),
  grants: z.array(auditGrant).exactOptional(),
  status: z.int().exactOptional().describe('HTTP status of the response.'),
  scimType: z.string().exactOptional(),
  attribute: z.string().exactOptional().describe('Path of the attribute at fault.'),
  detail: z.string().exactOptional(),
  correlationId: z.string().exactOptional().describe('Id of the request at Resource Manager.'),
  data: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).exactOptional(),
});

type Parsed = z.infer<typeof auditRecord>;
type Change = { readonly path: string; readonly before?: unknown; readonly after?: unknown };

/** A record as other modules make it. Long values are shortened before they are stored. */
export type AuditRecord = Readonly<Omit<Parsed, 'changes' | 'members' | 'grants'>> & {
  /** Passwords and other secrets are never part of it. */
  readonly changes?: readonly Change[];
  readonly members?: { readonly added: readonly string[]; readonly removed: readonly string[] };
  readonly grants?: readonly AuditGrant[];
};

export type AuditGrant = Readonly<Omit<z.infer<typeof auditGrant>, 'groupIds' | 'ruleIds'>> & {
  readonly groupIds?: readonly string[];
  readonly ruleIds?: readonly string[];
};

/** By the action and the status, for records that do not say it. */
export function outcomeOf({ outcome, action, status = 200 }: AuditRecord): AuditOutcome {
  if (outcome !== undefined) return outcome;
  if (action === 'request.unchanged') return 'unchanged';
  return action.endsWith('.refused') || status >= 400 ? 'refused' : 'succeeded';
}

export const auditEntry = auditRecord.omit({ at: true }).extend({
  occurredAt: z.string(),
  outcome: auditOutcome,
  id: z.string(),
  seq: z.int().min(1),
  linkedAt: z.string(),
  controls: z.array(z.string()),
  prevHash: z.string(),
  hash: z.string(),
});
export type AuditEntry = Readonly<z.infer<typeof auditEntry>>;
