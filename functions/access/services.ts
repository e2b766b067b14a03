/** Composition of access: role rules, role assignments and the refusal of leavers. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { AuditTrail } from '../audit/ports';
import type { WorkRequests } from '../durable/ports';
import { AccessReportService } from './access-report-service';
import { AccessService } from './access-service';
import type { RoleIds } from './grants/assignment-plan';
import { AssignmentService } from './grants/assignment-service';
import { BreakerService } from './grants/breaker-service';
import { GrantService } from './grants/grant-service';
import { WantedService } from './grants/wanted-service';
import { LeftoverService } from './grants/leftover-service';
import { ReconciliationService } from './grants/reconciliation-service';
import type { BreakerLimits } from './intents/breaker';
import { IdleConnections } from './intents/idle-connections';
import { DrainService } from './intents/drain-service';
import { IdleWorkService } from './intents/idle-work-service';
import { SlowConnections } from './intents/slow-connections';
import { UnsettledService } from './intents/unsettled-service';
import { WorkService } from './intents/work-service';
import { DepartureService } from './leavers/departure-service';
import type { LeaverCheck } from './leavers/leaver-check';
import { PresenceService } from './leavers/presence-service';
import type {
  AccessAudit,
  AssignmentStore,
  ClaimStore,
  ConnectionLookup,
  DirectoryReader,
  IntentStore,
  LeaverStore,
  PrincipalDirectory,
  RoleAssignments,
  RuleStore,
  WorkLeaseStore,
} from './ports';
import { PendingRecordService } from './principals/pending-record-service';
import { PrincipalService } from './principals/principal-service';
import { RoleRuleService } from './rules/role-rule-service';
import { toAuditRecord } from './to-audit-record';

export interface AccessServices {
  readonly access: AccessService;
  readonly roleRules: RoleRuleService;
  readonly accessReport: AccessReportService;
  readonly reconciliation: ReconciliationService;
  readonly breaker: BreakerService;
  readonly drains: DrainService;
}

export interface AccessPorts {
  /** Lazy, because provisioning calls access as well. */
  readonly directory: () => DirectoryReader;
  readonly connections: ConnectionLookup;
  readonly ruleStore: RuleStore;
  readonly intentStore: IntentStore;
  readonly workLeaseStore: WorkLeaseStore;
  readonly assignmentStore: AssignmentStore;
  readonly claimStore: ClaimStore;
  readonly leaverStore: LeaverStore;
  readonly workRequests: WorkRequests;
  readonly leaverCheck: LeaverCheck;
  readonly roleAssignments: RoleAssignments;
  readonly principalDirectory: PrincipalDirectory;
  readonly roleIds: RoleIds;
  readonly breakerLimits: BreakerLimits;
  /** A test replaces `now` and `wait` together, so that waiting moves the clock. */
  readonly wait?: (ms: number) => Promise<unknown>;
  readonly auditTrail: Pick<AuditTrail, 'rowOf' | 'append'>;
  readonly now: () => Date;
}

export function accessServices({ auditTrail, wait = sleep, ...rest }: AccessPorts): AccessServices {
  const audit: AccessAudit = {
    rowOf: (record) => auditTrail.rowOf(toAuditRecord(record)),
    append: (record) => auditTrail.append(toAuditRecord(record)),
  };
  const ports = { ...rest, audit, wait };
  const breaker = new BreakerService(ports);
  const { leaverCheck } = ports;
  const principals = new PrincipalService(ports);
  const pendingRecords = new PendingRecordService(ports);
  const presence = new PresenceService(ports);
  const people = { principals, pendingRecords, presence, leaverCheck };
  const departures = new DepartureService(ports, people);
  const grants = new GrantService(ports, {
    wanted: new WantedService(ports, people),
    assignments: new AssignmentService(ports),
    breaker,
  });
  const idleWork = new IdleWorkService(ports);
  const idle = new IdleConnections(idleWork, ports.now);
  const unsettled = new UnsettledService(ports);
  const work = new WorkService(ports, { grants, departures, unsettled });
  const drains = new DrainService(ports, work, idleWork);
  const reconciliation = new ReconciliationService(
    ports,
    unsettled,
    new LeftoverService(ports, breaker),
  );
  const access = new AccessService(ports, {
    grants,
    departures,
    work,
    drains,
    reconciliation,
    breaker,
    idle,
    slow: new SlowConnections(ports.now),
  });
  return {
    access,
    roleRules: new RoleRuleService(ports, (key) => {
      idle.forget(key);
      access.startDrain(key);
    }),
    accessReport: new AccessReportService(ports),
    reconciliation,
    breaker,
    drains,
  };
}
