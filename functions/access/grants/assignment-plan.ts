/** What must change for one user or group. Pure. */
import { grantKey, type WantedGrant } from '../rules/effective-grants';
import type { RoleName } from '../rules/role-rule';
import type { OwnedAssignment, Subject } from './assignment';
import { assignmentName } from './assignment-name';

export type RoleIds = Readonly<Record<RoleName, string>>;

export interface AssignmentPlan {
  readonly revoke: readonly OwnedAssignment[];
  /** Rows to be granted: new ones, and those that Azure has not accepted yet. */
  readonly grant: readonly OwnedAssignment[];
  /** Accepted assignments whose reasons changed. */
  readonly explain: readonly OwnedAssignment[];
}

export interface PlanInput {
  readonly subject: Subject;
  readonly wanted: readonly WantedGrant[];
  /**
   * `undecided` while the directory of the tenant cannot be asked: nothing is granted, and what is
   * still wanted stays. `unknown` if it has no such object: everything is taken away, because an
   * earlier object may be another person's now.
   */
  readonly principal: { readonly id: string } | 'undecided' | 'unknown';
  readonly owned: readonly OwnedAssignment[];
  readonly roleIds: RoleIds;
  readonly now: Date;
}

export function planAssignments(input: PlanInput): AssignmentPlan {
  const { subject, wanted, principal, owned, roleIds, now } = input;
  if (principal === 'unknown') return { revoke: owned, grant: [], explain: [] };
  if (principal === 'undecided') return { revoke: unwanted(wanted, owned), grant: [], explain: [] };
  const { id: principalId } = principal;
  const isCurrent = (row: OwnedAssignment) =>
    row.principalId === principalId && row.roleId === roleIds[row.role];
  const byGrant = new Map<string, OwnedAssignment>();
  for (const row of owned) if (isCurrent(row)) byGrant.set(grantKey(row), row);
  const kept = new Set<OwnedAssignment>();
  const grant: OwnedAssignment[] = [];
  const explain: OwnedAssignment[] = [];
  for (const each of wanted) {
    const row = byGrant.get(grantKey(each));
    if (row) kept.add(row);
    const reasons = [...each.reasons];
    if (!row) grant.push(newAssignment(subject, each, principalId, roleIds[each.role], now));
    else if (!isAccepted(row)) grant.push({ ...row, reasons });
    else if (JSON.stringify(row.reasons) !== JSON.stringify(reasons))
      explain.push({ ...row, reasons });
  }
  return { revoke: owned.filter((row) => !kept.has(row)), grant, explain };
}

/** Rows of grants that no rule wants, for any principal. */
export function unwanted(
  wanted: readonly WantedGrant[],
  owned: readonly OwnedAssignment[],
): readonly OwnedAssignment[] {
  const keys = new Set(wanted.map(grantKey));
  return owned.filter((row) => !keys.has(grantKey(row)));
}

function newAssignment(
  subject: Subject,
  { role, scope, reasons }: WantedGrant,
  principalId: string,
  roleId: string,
  now: Date,
): OwnedAssignment {
  return {
    subject,
    name: assignmentName({ scope, roleId, principalId }, 0),
    generation: 0,
    role,
    roleId,
    scope,
    principalId,
    principalType: subject.kind === 'user' ? 'User' : 'Group',
    reasons: [...reasons],
    state: 'pending',
    adopted: false,
    wantedSince: now.toISOString(),
  };
}

/** A revocation without a response may have been executed, so its assignment is made again. */
const isAccepted = ({ state, problem }: OwnedAssignment): boolean =>
  (state === 'assigned' || state === 'manual') && problem === undefined;

/** Whether the rows already are what is wanted, so that no work is due. */
export function isSettled(
  wanted: readonly WantedGrant[],
  owned: readonly OwnedAssignment[],
): boolean {
  const describe = (each: Pick<WantedGrant, 'role' | 'scope' | 'reasons'>) =>
    `${grantKey(each)}|${JSON.stringify(each.reasons)}`;
  const rows = new Set(owned.map(describe));
  return (
    owned.every(isAccepted) &&
    owned.length === wanted.length &&
    wanted.every((each) => rows.has(describe(each)))
  );
}
