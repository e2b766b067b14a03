/** Brings the role assignments of one user or group to what the rules want now. */
import type { DirectoryKey } from '../directory';
import type { Intent } from '../intents/intent';
import type { AssignmentStore, CallOptions } from '../ports';
import { Admission } from './admission';
import { held, principalProblem, type ApplyResult } from './apply-result';
import type { OwnedAssignment, Subject } from './assignment';
import {
  planAssignments,
  unwanted,
  type AssignmentPlan,
  type PlanInput,
  type RoleIds,
} from './assignment-plan';
import type { AssignmentService, ChangeFailure, ChangeOptions } from './assignment-service';
import type { BreakerService } from './breaker-service';
import type { Presence, WantedService } from './wanted-service';

export interface GrantPorts {
  readonly assignmentStore: Pick<AssignmentStore, 'listOfSubject'>;
  readonly roleIds: RoleIds;
  readonly now: () => Date;
}

interface GrantServices {
  readonly wanted: WantedService;
  readonly assignments: AssignmentService;
  readonly breaker: BreakerService;
}

export interface ApplyOptions extends CallOptions {
  readonly requestedAt: string;
  readonly cause: Intent['cause'];
  /** Revocations that the breaker admitted to earlier attempts and that are not made yet. */
  readonly admitted?: number;
  /** No call to Azure begins after this time. */
  readonly until: Date;
}

/** Pause before held revocations ask again. A confirmation makes them due at once. */
const heldRetryMs = 5 * 60_000;

/**
 * Whether the breaker counts revocations of what the rules do not want any more. Rules were compared and
 * confirmed when they changed, and leavers are never held back, for any cause. A deviation has no such
 * reason: a directory that lacks many persons may be damaged.
 */
const isCounted = ({ kind }: Subject, { cause }: ApplyOptions, presence: Presence): boolean => {
  if (cause === 'rules' || presence === 'left') return false;
  return presence === 'present' || kind === 'group' || cause === 'drift';
};

/**
 * Whether the breaker counts revocations because the principal is another one, or unknown now. For any
 * cause: a changed mapping at the identity provider renames all users. No leaver is concerned.
 */
const isReplacementCounted = (
  presence: Presence,
  replaced: readonly OwnedAssignment[],
  principal: PlanInput['principal'],
): boolean => {
  if (presence !== 'present' || principal === 'undecided') return false;
  return principal === 'unknown' || replaced.some((row) => row.principalId !== principal.id);
};

export class GrantService {
  constructor(
    private readonly ports: GrantPorts,
    private readonly services: GrantServices,
  ) {}

  async apply(key: DirectoryKey, subject: Subject, options: ApplyOptions): Promise<ApplyResult> {
    const { assignmentStore, roleIds, now } = this.ports;
    const [wanted, owned] = await Promise.all([
      this.services.wanted.get(key, subject),
      assignmentStore.listOfSubject(key, subject),
    ]);
    const revoke = unwanted(wanted.grants, owned);
    const admission = new Admission(
      (revocations) => this.services.breaker.admit(key, subject, revocations),
      options.admitted,
    );
    const revoked = await this.revokeAll(
      key,
      revoke,
      isCounted(subject, options, wanted.presence) ? admission : undefined,
      options,
    );
    // Entra may be slow, and no revocation needs it.
    const { principal, pending, retryAfterMs } = await wanted.findPrincipal();
    const plan = planAssignments({
      subject,
      wanted: wanted.grants,
      principal,
      owned: owned.filter((row) => !revoke.includes(row)),
      roleIds,
      now: now(),
    });
    const replaced = await this.revokeAll(
      key,
      plan.revoke,
      isReplacementCounted(wanted.presence, plan.revoke, principal) ? admission : undefined,
      options,
    );
    // The new principal may be as wrong as the revocations, so it gets no role meanwhile.
    const granted =
      replaced?.problem === held ? undefined : await this.grantAll(key, plan, options);
    // A hold lasts while an intent tells of it, so it is told first.
    const result =
      [revoked, replaced].find((each) => each?.problem === held) ??
      revoked ??
      replaced ??
      granted ??
      (pending && principalProblem(pending, retryAfterMs));
    const { admitted } = admission;
    return { ...result, ...(admitted > 0 && { admitted }) };
  }

  /** Takes away everything that a user or group was granted. */
  async revokeEverything(
    key: DirectoryKey,
    owned: readonly OwnedAssignment[],
    options: ApplyOptions,
  ): Promise<ApplyResult> {
    return (await this.revokeAll(key, owned, undefined, options)) ?? {};
  }

  private async revokeAll(
    key: DirectoryKey,
    revoke: readonly OwnedAssignment[],
    /** Absent if the breaker does not count the revocations. */
    admission: Admission | undefined,
    options: ApplyOptions,
  ): Promise<ApplyResult | undefined> {
    if (revoke.length === 0) return undefined;
    if (admission && !(await admission.admits(revoke.length)))
      return { problem: held, retryAfterMs: heldRetryMs };
    let made = 0;
    const result = await this.each(revoke, options, async (row, change) => {
      const failed = await this.services.assignments.revoke(key, row, change);
      if (!failed) made++;
      return failed;
    });
    admission?.keep(revoke.length - made);
    return result;
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
}
