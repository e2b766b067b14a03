import type { Page, PageRequest } from '../storage/page';
import type { Stored } from '../storage/stored';
import type { AccessRecord } from './access-record';
import type {
  AttachedRow,
  DirectoryKey,
  DirectoryMember,
  DirectoryResource,
  ResourceTypeName,
} from './directory';
import type { AssignmentProblem, OwnedAssignment, Subject } from './grants/assignment';
import type { DriftReport } from './grants/drift';
import type { BreakerState } from './intents/breaker';
import type { Intent, IntentTarget, Urgency } from './intents/intent';
import type { PendingPrincipal, PrincipalState } from './principals/principal';
import type { RuleSet } from './rules/role-rule';

/** Users and groups of a connection. What is being deleted does not exist. */
export interface DirectoryReader {
  get(
    key: DirectoryKey,
    type: ResourceTypeName,
    id: string,
  ): Promise<DirectoryResource | undefined>;
  list(
    key: DirectoryKey,
    type: ResourceTypeName,
    page: PageRequest,
  ): Promise<Page<DirectoryResource>>;
  /** Direct members. */
  listMembers(
    key: DirectoryKey,
    groupId: string,
    page: PageRequest,
  ): Promise<Page<DirectoryMember>>;
  /** Direct groups of a user or group. */
  groupsOf(key: DirectoryKey, memberId: string): Promise<readonly DirectoryResource[]>;
}

export interface ProvisionedConnection {
  /** Grants nothing from this time on. */
  readonly deletingSince?: string;
}

export interface ConnectionLookup {
  get(key: DirectoryKey): Promise<ProvisionedConnection | undefined>;
  list(tenantId: string): Promise<readonly { readonly id: string }[]>;
  /** Connections of all tenants or of one, also those that are being deleted. */
  listKeys(tenantId?: string): AsyncIterable<DirectoryKey>;
}

export interface RuleStore {
  /** Undefined before the first change. */
  get(key: DirectoryKey): Promise<Stored<RuleSet> | undefined>;
  /** Newest first. */
  listVersions(key: DirectoryKey, page: PageRequest): Promise<Page<RuleSet>>;
  /**
   * Stores the next version, its copy in the history and the intent to apply it in one transaction.
   * Throws StaleError unless `before` is the stored version.
   */
  replace(
    key: DirectoryKey,
    before: Stored<RuleSet> | undefined,
    after: RuleSet,
    attached: readonly AttachedRow[],
  ): Promise<void>;
}

export interface IntentStore {
  /** Due first, revocations before grants. At most `limit` of each urgency. */
  listDue(
    key: DirectoryKey,
    urgency: Urgency,
    now: Date,
    limit: number,
  ): Promise<readonly Stored<Intent>[]>;
  /** Both urgencies of a target. */
  get(key: DirectoryKey, target: IntentTarget): Promise<readonly Stored<Intent>[]>;
  /** Replaces intents of the same urgency and target. */
  put(key: DirectoryKey, intents: readonly Intent[]): Promise<void>;
  /** False if a newer intent has replaced it. */
  replace(key: DirectoryKey, intent: Stored<Intent>): Promise<boolean>;
  /** A newer intent of the same urgency and target stays. */
  delete(key: DirectoryKey, intent: Stored<Intent>): Promise<void>;
  /** All intents, with the oldest time at which one was requested. */
  count(key: DirectoryKey): Promise<IntentCounts>;
  /** Whether an intent of another subject than this one waits for a confirmation. */
  hasHeld(key: DirectoryKey, problem: string, besides?: IntentTarget): Promise<boolean>;
  /** Makes held intents due. */
  release(key: DirectoryKey, problem: string, now: Date): Promise<void>;
}

export interface IntentCounts {
  readonly revoke: number;
  readonly grant: number;
  readonly held: number;
  readonly oldestRequestedAt?: string;
}

export interface WorkLease {
  readonly etag: string;
}

/** The right to work on one subject, or to drain the intents of a connection. */
export interface WorkLeaseStore {
  /** Undefined while another worker holds it. */
  take(key: DirectoryKey, name: string, now: Date, until: Date): Promise<WorkLease | undefined>;
  /** Undefined if another worker has taken it over. */
  renew(
    key: DirectoryKey,
    name: string,
    lease: WorkLease,
    until: Date,
  ): Promise<WorkLease | undefined>;
  /** False if another worker had taken it over. */
  release(key: DirectoryKey, name: string, lease: WorkLease): Promise<boolean>;
}

export interface AssignmentStore {
  listOfSubject(key: DirectoryKey, subject: Subject): Promise<readonly OwnedAssignment[]>;
  listAll(key: DirectoryKey): AsyncIterable<OwnedAssignment>;
  list(key: DirectoryKey, page: PageRequest): Promise<Page<OwnedAssignment>>;
  /** In one transaction with the attached rows. */
  put(
    key: DirectoryKey,
    assignment: OwnedAssignment,
    attached?: readonly AttachedRow[],
  ): Promise<void>;
  delete(
    key: DirectoryKey,
    assignment: OwnedAssignment,
    attached?: readonly AttachedRow[],
  ): Promise<void>;
  getPrincipal(key: DirectoryKey, subject: Subject): Promise<PrincipalState | undefined>;
  putPrincipal(key: DirectoryKey, subject: Subject, principal: PrincipalState): Promise<void>;
  /** At most `limit`. */
  listPendingPrincipals(
    key: DirectoryKey,
    limit: number,
  ): Promise<readonly (PendingPrincipal & { readonly subject: Subject })[]>;
  deletePrincipal(key: DirectoryKey, subject: Subject): Promise<void>;
  getBreaker(key: DirectoryKey): Promise<Stored<BreakerState> | undefined>;
  /** Throws StaleError unless `before` is the stored state. Rows of audit records are written with it. */
  replaceBreaker(
    key: DirectoryKey,
    before: Stored<BreakerState> | undefined,
    after: BreakerState,
    attached?: readonly AttachedRow[],
  ): Promise<void>;
  /** The report of the last reconciliation, if there is one that can be read. */
  getDrift(key: DirectoryKey): Promise<DriftReport | undefined>;
  putDrift(key: DirectoryKey, report: DriftReport): Promise<void>;
}

export interface AssignmentClaim {
  readonly key: DirectoryKey;
  readonly subject: Subject;
}

/**
 * Which connections of a tenant want an assignment. It is deleted in Azure with its last claim:
 * two identity providers may push the same person.
 */
export interface ClaimStore {
  put(key: DirectoryKey, assignmentName: string, subject: Subject): Promise<void>;
  /** Returns the claims that are left. One without a row of its assignment claims nothing. */
  release(
    key: DirectoryKey,
    assignmentName: string,
    subject: Subject,
  ): Promise<readonly AssignmentClaim[]>;
  /** Names of all assignments that the tenant claims. */
  listNames(tenantId: string): Promise<ReadonlySet<string>>;
}

/** Persons who left, by object id. */
export interface LeaverStore {
  /**
   * Replaces what the connection knew about the user. `replaces`: it knew the opposite of this object
   * id, which one request replaces.
   */
  put(
    key: DirectoryKey,
    userId: string,
    objectId: string,
    state: 'active' | 'left',
    replaces?: boolean,
  ): Promise<void>;
  deleteUser(key: DirectoryKey, userId: string, objectId: string): Promise<void>;
  /** Object ids of persons who left at one connection. They may be active at another one. */
  listLeavers(tenantId: string): Promise<ReadonlySet<string>>;
  /** Whether the person is active at any connection. */
  isActive(tenantId: string, objectId: string): Promise<boolean>;
  deleteConnection(key: DirectoryKey): Promise<void>;
}

export interface CallOptions {
  /** Time that the call may wait for its turn. */
  readonly maxWaitMs: number;
  /** Revocations go first when requests are scarce. */
  readonly urgent: boolean;
}

export interface AssignmentRequest {
  readonly name: string;
  readonly scope: string;
  readonly roleId: string;
  readonly principalId: string;
  readonly principalType: 'User' | 'Group';
  readonly description: string;
}

export interface FailedCall {
  readonly outcome: 'failed';
  readonly problem: AssignmentProblem;
  readonly azureCode?: string;
  readonly correlationId?: string;
  readonly retryAfterMs?: number;
}

/** `exists`: the same role is assigned under another name. `name_taken`: another one has the name. */
export type CreateResult =
  | {
      readonly outcome: 'created' | 'exists' | 'name_taken';
      readonly correlationId?: string;
    }
  | FailedCall;
export type DeleteResult =
  { readonly outcome: 'deleted'; readonly correlationId?: string } | FailedCall;

export interface AssignmentInAzure extends Omit<
  AssignmentRequest,
  'description' | 'principalType'
> {
  readonly description?: string;
}

/** Role assignments in the subscriptions of a tenant. Calls are not repeated and never throw. */
export interface RoleAssignments {
  create(tenantId: string, request: AssignmentRequest, options: CallOptions): Promise<CreateResult>;
  /** A missing assignment, scope or subscription, or one of another tenant, is a success. */
  delete(
    tenantId: string,
    assignment: Pick<AssignmentRequest, 'scope' | 'name'>,
    options: CallOptions,
  ): Promise<DeleteResult>;
  /** At exactly this scope, complete; of one principal if it is given. */
  list(
    tenantId: string,
    scope: string,
    principalId?: string,
  ): Promise<
    { readonly outcome: 'listed'; readonly assignments: readonly AssignmentInAzure[] } | FailedCall
  >;
  /** All assignments that count against the limit of a subscription. */
  count(
    tenantId: string,
    subscriptionId: string,
  ): Promise<{ readonly outcome: 'counted'; readonly count: number } | FailedCall>;
}

/** Microsoft Graph in the tenant of a customer. `ambiguous`: more than one object has the value. */
export interface PrincipalDirectory {
  findUserByName(tenantId: string, userName: string): Promise<PrincipalMatch>;
  /** By `mail` or `otherMails`. */
  findUserByEmail(tenantId: string, email: string): Promise<PrincipalMatch>;
  findGroupByName(tenantId: string, displayName: string): Promise<PrincipalMatch>;
}

export type PrincipalMatch =
  | { readonly outcome: 'found'; readonly objectId: string }
  | { readonly outcome: 'missing' | 'ambiguous' | 'not_permitted' }
  | { readonly outcome: 'unavailable'; readonly retryAfterMs?: number };

/** The audit trail, as this module uses it. */
export interface AccessAudit {
  /** The row of a record, stored in the transaction of its change. Its key begins with `audit-`. */
  rowOf(record: AccessRecord): AttachedRow;
  /** A record without a change of rows. Never throws. */
  append(record: AccessRecord): Promise<void>;
}
