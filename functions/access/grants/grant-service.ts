/** Brings the role assignments of one user or group to what the rules want now. */
import type { AccessRecord } from '../access-record';
import type { ChangedResource, DirectoryKey } from '../directory';
import type { Intent } from '../intents/intent';
import type { LeaverCheck } from '../leavers/leaver-check';
import type { PresenceService } from '../leavers/presence-service';
import { groupOf, personOf, type Group, type Identity, type Person } from '../person';
import type {
  AccessAudit,
  AssignmentStore,
  CallOptions,
  ConnectionLookup,
  DirectoryReader,
  RuleStore,
} from '../ports';
import { knownPrincipal, type PrincipalState } from '../principals/principal';
import type { PrincipalService, Resolution } from '../principals/principal-service';
import { grantsOfGroup, grantsOfPerson, type WantedGrant } from '../rules/effective-grants';
import { effectiveGroups } from '../rules/memberships';
import { noRules } from '../rules/role-rule';
import type { OwnedAssignment, Subject } from './assignment';
import {
  planAssignments,
  type AssignmentPlan,
  type PlanInput,
  type RoleIds,
} from './assignment-plan';
import type { AssignmentService, ChangeFailure, ChangeOptions } from './assignment-service';
import { held, type BreakerService } from './breaker-service';

export interface GrantPorts {
  readonly directory: () => DirectoryReader;
  readonly connections: Pick<ConnectionLookup, 'get'>;
  readonly ruleStore: Pick<RuleStore, 'get'>;
  readonly assignmentStore: AssignmentStore;
  readonly roleIds: RoleIds;
  readonly audit: AccessAudit;
  readonly now: () => Date;
}

interface GrantServices {
  readonly assignments: AssignmentService;
  readonly principals: PrincipalService;
  readonly presence: PresenceService;
  readonly breaker: BreakerService;
  readonly leaverCheck: LeaverCheck;
}

export interface ApplyOptions extends CallOptions {
  readonly requestedAt: string;
  readonly cause: Intent['cause'];
  /** The breaker counted these revocations before, so that a repetition is not held back. */
  readonly admitted?: boolean;
  /** No call to Azure begins after this time. */
  readonly until: Date;
}

/** `problem` is absent if everything is as wanted. */
export interface ApplyResult {
  readonly problem?: string;
  readonly retryAfterMs?: number;
}

interface Wanted {
  readonly grants: readonly WantedGrant[];
  readonly principal: PlanInput['principal'];
  readonly pending?: Extract<PrincipalState, { readonly state: 'pending' }>['reason'];
  readonly retryAfterMs?: number;
  /** The user exists and is active, or it is a group that exists. */
  readonly present: boolean;
}

/** Pause before held revocations ask again. A confirmation makes them due at once. */
const heldRetryMs = 5 * 60_000;
/** Pauses before a principal that is missing at Entra is looked up again grow from here. */
const pendingRetryMs = 30_000;

export class GrantService {
  constructor(
    private readonly ports: GrantPorts,
    private readonly services: GrantServices,
  ) {}

  async apply(key: DirectoryKey, subject: Subject, options: ApplyOptions): Promise<ApplyResult> {
    const { assignmentStore, roleIds, now } = this.ports;
    const [wanted, owned] = await Promise.all([
      this.wantedOf(key, subject),
      assignmentStore.listOfSubject(key, subject),
    ]);
    const plan = planAssignments({
      subject,
      wanted: wanted.grants,
      principal: wanted.principal,
      owned,
      roleIds,
      now: now(),
    });
    const revoked = await this.revokeAll(key, plan, wanted.present, options);
    const granted = await this.grantAll(key, plan, options);
    const problem = revoked ?? granted ?? pendingOf(wanted);
    return problem ?? {};
  }

  /** Takes away everything that a user or group was granted. */
  async revokeEverything(
    key: DirectoryKey,
    owned: readonly OwnedAssignment[],
    options: ApplyOptions,
  ): Promise<ApplyResult> {
    const plan = { revoke: owned, grant: [], explain: [] };
    return (await this.revokeAll(key, plan, false, options)) ?? {};
  }

  /**
   * Records at once that a person left or came back, without asking Azure. A principal that is not
   * known yet is recorded when the intent is worked on.
   */
  async recordPresence(key: DirectoryKey, { before, after }: ChangedResource): Promise<void> {
    const latest = after ?? before;
    if (!latest) return;
    const person = personOf(latest);
    const subject = { kind: 'user', id: person.id } as const;
    const stored = await this.ports.assignmentStore.getPrincipal(key, subject);
    const principal = knownPrincipal(person) ?? stored;
    if (principal?.state !== 'resolved') return;
    const active = after !== undefined && person.active;
    await this.services.presence.record(key, person.id, stored, principal, active);
    this.services.leaverCheck.forget(key.tenantId);
  }

  /** Records that a deleted user left, whether or not its object in Entra was ever looked for. */
  async recordLeaver(key: DirectoryKey, { id, ...of }: Identity): Promise<ApplyResult> {
    const { assignmentStore, connections } = this.ports;
    const { principals, presence, leaverCheck } = this.services;
    const connection = await connections.get(key);
    if (!connection || connection.deletingSince !== undefined) return {};
    const subject = { kind: 'user', id } as const;
    const stored = await assignmentStore.getPrincipal(key, subject);
    const { principal, retryAfterMs } =
      stored?.state === 'resolved'
        ? { principal: stored, retryAfterMs: undefined }
        : await principals.find(key.tenantId, { id, ...of });
    if (principal.state === 'pending') {
      if (principal.reason === 'unavailable') return waitFor('unavailable', retryAfterMs);
      await this.auditPending(key, subject, principal.reason);
    }
    await presence.record(key, id, principal, undefined, false);
    leaverCheck.forget(key.tenantId);
    return {};
  }

  private async wantedOf(key: DirectoryKey, subject: Subject): Promise<Wanted> {
    const { directory, connections, ruleStore } = this.ports;
    const isUser = subject.kind === 'user';
    const [connection, rules, resource] = await Promise.all([
      connections.get(key),
      ruleStore.get(key),
      directory().get(key, isUser ? 'User' : 'Group', subject.id),
    ]);
    const isOpen = connection !== undefined && connection.deletingSince === undefined;
    if (!resource) {
      // The intent of a leaver ends what is known of a user.
      if (!isUser) await this.ports.assignmentStore.deletePrincipal(key, subject);
      return nothing;
    }
    const ruleSet = isOpen ? (rules ?? noRules) : noRules;
    if (!isUser) {
      const group = groupOf(resource);
      return this.withPrincipal(key, subject, group, grantsOfGroup(ruleSet, group));
    }
    const person = personOf(resource);
    const groups =
      person.active && ruleSet.rules.length > 0
        ? await effectiveGroups(directory(), key, subject.id)
        : [];
    return this.withPrincipal(key, subject, person, grantsOfPerson(ruleSet, person, groups));
  }

  /** Entra is asked only about principals of grants, and about persons who leave. */
  private async withPrincipal(
    key: DirectoryKey,
    subject: Subject,
    of: Person | Group,
    grants: readonly WantedGrant[],
  ): Promise<Wanted> {
    const present = !('active' in of) || of.active;
    const mustKnow = grants.length > 0 || !present || (await this.mayHaveReturned(key, of));
    const resolution = mustKnow
      ? await this.services.principals.resolve(key, subject, of)
      : await this.knownOnly(key, subject, of);
    const { principal, before, retryAfterMs } = resolution;
    await this.store(key, subject, of, resolution, grants.length > 0);
    if (grants.length === 0) {
      const isOpen = principal?.state === 'pending' && principal.reason === 'unavailable';
      return {
        ...nothing,
        present,
        ...(isOpen && { pending: 'unavailable' }),
        ...(isOpen && retryAfterMs !== undefined && { retryAfterMs }),
      };
    }
    if (principal?.state === 'resolved')
      return { grants, present, principal: { id: principal.objectId } };
    const reason = principal?.reason ?? 'missing';
    const undecided = reason === 'unavailable' || reason === 'not_permitted';
    if (before?.state !== 'pending') await this.auditPending(key, subject, reason);
    return {
      grants,
      present,
      principal: undecided ? 'undecided' : 'unknown',
      pending: reason,
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    };
  }

  /** A person who was deleted and is pushed anew is another user: the list of leavers must know. */
  private async mayHaveReturned({ tenantId }: DirectoryKey, of: Person | Group): Promise<boolean> {
    if (!('active' in of) || knownPrincipal(of)) return false;
    return this.services.leaverCheck.hasLeavers(tenantId);
  }

  private async knownOnly(
    key: DirectoryKey,
    subject: Subject,
    of: Person | Group,
  ): Promise<Partial<Resolution>> {
    const before = await this.ports.assignmentStore.getPrincipal(key, subject);
    const known = knownPrincipal(of);
    if (known && before?.state === 'resolved' && before.objectId === known.objectId)
      return { before, principal: { ...before, ...known } };
    const principal = known ?? (before?.state === 'resolved' ? before : undefined);
    return { before, ...(principal && { principal }) };
  }

  private async store(
    key: DirectoryKey,
    subject: Subject,
    of: Person | Group,
    { before, principal }: Partial<Resolution>,
    isWanted: boolean,
  ): Promise<void> {
    const { assignmentStore } = this.ports;
    // A person without grants does not wait for a principal.
    const kept = principal?.state === 'pending' && !isWanted ? undefined : principal;
    if (!kept) {
      if (before?.state === 'pending') await assignmentStore.deletePrincipal(key, subject);
      return;
    }
    if ('active' in of)
      await this.services.presence.record(key, subject.id, before, kept, of.active);
    else if (JSON.stringify(before) !== JSON.stringify(kept))
      await assignmentStore.putPrincipal(key, subject, kept);
  }

  private async revokeAll(
    key: DirectoryKey,
    { revoke }: AssignmentPlan,
    present: boolean,
    options: ApplyOptions,
  ): Promise<ApplyResult | undefined> {
    if (revoke.length === 0) return undefined;
    // Rules were compared and confirmed when they changed, and leavers are never held back.
    const { cause, admitted } = options;
    const isCounted = present && !admitted && (cause === 'membership' || cause === 'group');
    if (isCounted && !(await this.services.breaker.admit(key, revoke.length)))
      return { problem: held, retryAfterMs: heldRetryMs };
    const { assignments } = this.services;
    return this.each(revoke, options, (row, change) => assignments.revoke(key, row, change));
  }

  private async grantAll(
    key: DirectoryKey,
    { grant, explain }: AssignmentPlan,
    options: ApplyOptions,
  ): Promise<ApplyResult | undefined> {
    const { assignments } = this.services;
    for (const row of explain) await assignments.explain(key, row);
    const patient = { ...options, urgent: false };
    return this.each(grant, patient, (row, change) => assignments.grant(key, row, change));
  }

  /** Goes on after a failure: one scope that is gone must not stop the others. */
  private async each(
    rows: readonly OwnedAssignment[],
    { until, ...options }: ApplyOptions,
    change: (row: OwnedAssignment, options: ChangeOptions) => Promise<ChangeFailure>,
  ): Promise<ApplyResult | undefined> {
    let failure: ChangeFailure;
    for (const row of rows) {
      const remainingMs = until.getTime() - this.ports.now().getTime();
      if (remainingMs <= 0) return { problem: 'throttled', retryAfterMs: 0 };
      const maxWaitMs = Math.min(options.maxWaitMs, remainingMs);
      const failed = await change(row, { ...options, maxWaitMs });
      if (failed && (failed.retryAfterMs ?? 0) >= (failure?.retryAfterMs ?? 0)) failure = failed;
      // The next requests would wait in vain.
      if (failed?.problem === 'throttled') return failed;
    }
    return failure;
  }

  private async auditPending(key: DirectoryKey, subject: Subject, detail: string): Promise<void> {
    const record: AccessRecord = {
      at: this.ports.now().toISOString(),
      ...key,
      actor: 'system',
      action: 'principal.pending',
      subject,
      detail,
    };
    await this.ports.audit.append(record);
  }
}

const nothing: Wanted = { grants: [], principal: 'unknown', present: false };

const pendingOf = ({ pending, retryAfterMs }: Wanted): ApplyResult | undefined =>
  pending === undefined ? undefined : waitFor(pending, retryAfterMs);

const waitFor = (pending: string, retryAfterMs = pendingRetryMs): ApplyResult => ({
  problem: `principal_${pending}`,
  retryAfterMs,
});
