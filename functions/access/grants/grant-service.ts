/** Brings the role assignments of one user or group to what the rules want now. */
import type { DirectoryKey } from '../directory';
import type { Intent } from '../intents/intent';
import type { AssignmentStore, CallOptions } from '../ports';
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
  /** The breaker counted these revocations before, so that a repetition is not held back. */
  readonly admitted?: boolean;
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
const isCounted = (
  { kind }: Subject,
  { cause, admitted }: ApplyOptions,
  presence: Presence,
): boolean => {
  if (admitted || cause === 'rules' || presence === 'left') return false;
  return presence === 'present' || kind === 'group' || cause === 'drift';
};

/**
 * Whether the breaker counts revocations because the principal is another one, or unknown now. For any
 * cause: a changed mapping at the identity provider renames all users. No leaver is concerned.
 */
const isReplacementCounted = (
  { admitted }: ApplyOptions,
  presence: Presence,
  replaced: readonly OwnedAssignment[],
  principal: PlanInput['principal'],
): boolean => {
  if (admitted || presence !== 'present' || principal === 'undecided') return false;
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
    const revoked = await this.revokeAll(
      key,
      revoke,
      isCounted(subject, options, wanted.presence) ? subject : undefined,
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
      isReplacementCounted(options, wanted.presence, plan.revoke, principal) ? subject : undefined,
      options,
    );
    // The new principal may be as wrong as the revocations, so it gets no role meanwhile.
    const granted =
      replaced?.problem === held ? undefined : await this.grantAll(key, plan, options);
    return (
      revoked ?? replaced ?? granted ?? (pending && principalProblem(pending, retryAfterMs)) ?? {}
    );
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
    /** The subject, if the breaker counts the revocations. */
    counted: Subject | undefined,
    options: ApplyOptions,
  ): Promise<ApplyResult | undefined> {
    if (revoke.length === 0) return undefined;
    if (counted && !(await this.services.breaker.admit(key, counted, revoke.length)))
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
}
