/**
 * Controls of audit frameworks, and the actions that are evidence for them. The tags are part of an
 * entry, so its hash covers them. SOC 2: Trust Services Criteria 2017; ISO 27001: 2022, annex A.
 */
import type { EventType } from '../events/event';
import type { AuditAction, ownActions } from './audit-record';

export const controls = {
  'CC6.1': { framework: 'SOC 2', title: 'Logical access security' },
  'CC6.2': { framework: 'SOC 2', title: 'Registration and removal of users' },
  'CC6.3': { framework: 'SOC 2', title: 'Roles, least privilege and separation of duties' },
  'CC6.7': { framework: 'SOC 2', title: 'Transmission and removal of information' },
  'CC7.2': { framework: 'SOC 2', title: 'Monitoring for anomalies' },
  'CC7.3': { framework: 'SOC 2', title: 'Evaluation of security events' },
  'A.5.15': { framework: 'ISO 27001', title: 'Access control' },
  'A.5.16': { framework: 'ISO 27001', title: 'Identity management' },
  'A.5.17': { framework: 'ISO 27001', title: 'Authentication information' },
  'A.5.18': { framework: 'ISO 27001', title: 'Access rights' },
  'A.8.2': { framework: 'ISO 27001', title: 'Privileged access rights' },
  'A.8.15': { framework: 'ISO 27001', title: 'Logging' },
  'A.8.16': { framework: 'ISO 27001', title: 'Monitoring activities' },
} as const;
export type Control = keyof typeof controls;
export const controlIds = Object.keys(controls) as [Control, ...Control[]];

const lifecycle: readonly Control[] = ['CC6.2', 'A.5.16'];
const leaving: readonly Control[] = ['CC6.2', 'CC6.3', 'A.5.16', 'A.5.18'];
const membership: readonly Control[] = ['CC6.2', 'CC6.3', 'A.5.16', 'A.5.18'];
const refusal: readonly Control[] = ['CC7.2', 'CC7.3', 'A.8.16'];
const authentication: readonly Control[] = ['CC6.1', 'A.5.17'];
const configuration: readonly Control[] = ['CC6.1', 'A.5.15'];
const rules: readonly Control[] = ['CC6.1', 'CC6.3', 'A.5.15', 'A.8.2'];
const grant: readonly Control[] = ['CC6.3', 'A.5.18', 'A.8.2'];
const drift: readonly Control[] = ['CC6.3', 'CC7.2', 'CC7.3', 'A.5.18', 'A.8.16'];
const trail: readonly Control[] = ['CC7.2', 'A.8.15'];
const operation: readonly Control[] = ['A.8.15'];

const ofOwnActions: Readonly<Record<(typeof ownActions)[number], readonly Control[]>> = {
  'user.created': lifecycle,
  'user.changed': lifecycle,
  'user.deactivated': leaving,
  'user.reactivated': leaving,
  'user.deleted': leaving,
  'group.created': membership,
  'group.changed': membership,
  'group.deleted': membership,
  'group.members_changed': membership,
  'request.unchanged': operation,
  'request.refused': refusal,
  'token.refused': [...authentication, ...refusal],
  'principal.resolved': lifecycle,
  'principal.pending': lifecycle,
  'rules.changed': rules,
  'revocations.held': [...rules, 'CC7.3'],
  'revocations.confirmed': rules,
  'reconciliation.requested': rules,
  'grant.assigned': grant,
  'grant.adopted': grant,
  'grant.held_manually': grant,
  'grant.failed': [...grant, 'CC7.3'],
  'grant.revoked': grant,
  'grant.released': grant,
  'drift.missing': drift,
  'drift.unwanted': drift,
  'drift.foreign': drift,
  'access.reported': ['CC6.3', 'A.5.18'],
  'audit.exported': trail,
  'audit.purged': trail,
  'audit.record_unreadable': [...trail, 'CC7.3'],
};

/** Events without an entry are evidence of logging only. */
const ofEvents: Partial<Readonly<Record<EventType, readonly Control[]>>> = {
  'connector.created': configuration,
  'connector.updated': configuration,
  'connector.connected': authentication,
  'connector.reconnected': authentication,
  'connector.expiring': authentication,
  'connector.expired': authentication,
  'connector.disconnected': authentication,
  'connector.deleted': configuration,
  'credentials.rotated': authentication,
  'credentials.refused': [...authentication, ...refusal],
  'credentials.removal_delayed': authentication,
  'credentials.removed': authentication,
  'oauth.session_started': authentication,
  'oauth.session_failed': [...authentication, ...refusal],
  'oauth.session_cancelled': authentication,
  'device.session_started': authentication,
  'device.session_failed': [...authentication, ...refusal],
  'device.session_cancelled': authentication,
  'allowed_tenants.changed': configuration,
  'provisioning.connection_created': configuration,
  'provisioning.connection_updated': configuration,
  'provisioning.connection_deleted': configuration,
  'provisioning.token_issued': authentication,
  'provisioning.token_revoked': authentication,
  'openlineage.push_set': ['CC6.7'],
  'openlineage.push_removed': ['CC6.7'],
  'webhook.created': ['CC6.7'],
  'webhook.updated': ['CC6.7'],
  'webhook.secret_rotated': ['CC6.7', 'A.5.17'],
  'webhook.disabled': ['CC6.7'],
  'webhook.deleted': ['CC6.7'],
};

const byAction: Partial<Readonly<Record<AuditAction, readonly Control[]>>> = {
  ...ofEvents,
  ...ofOwnActions,
};

export const controlsOf = (action: AuditAction): readonly Control[] =>
  byAction[action] ?? operation;
