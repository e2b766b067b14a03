/**
 * Finds drift: assignments of ours that are missing at Azure are made again, leftovers with our
 * marker that nothing wants are deleted, those of others are reported and never touched. A list that
 * failed changes nothing. Leftovers count as revocations: too many at once are reported only.
 */
import { forEachConcurrently } from '../../concurrency/for-each-concurrently';
import { logFailure } from '../../errors/log-failure';
import type { Person } from '../../events/actor';
import { recordOf } from '../access-record';
import type { DirectoryKey } from '../directory';
import { newIntent } from '../intents/intent';
import type { UnsettledService } from '../intents/unsettled-service';
import type {
  AccessAudit,
  AssignmentInAzure,
  AssignmentStore,
  ClaimStore,
  ConnectionLookup,
  IntentStore,
  RoleAssignments,
  RuleStore,
} from '../ports';
import { roleNames } from '../rules/role-rule';
import { scopeKey, subscriptionIdOf } from '../rules/scope';
import { connectionIn, type AssignmentProblem, type OwnedAssignment } from './assignment';
import type { Admission } from './admission';
import type { RoleIds } from './assignment-plan';
import { assignmentLimit, limitWarningShare, listed, scopesFrom, type DriftReport } from './drift';
import type { LeftoverService } from './leftover-service';

export interface ReconciliationPorts {
  readonly connections: Pick<ConnectionLookup, 'get' | 'list'>;
  readonly ruleStore: Pick<RuleStore, 'get'>;
  readonly assignmentStore: AssignmentStore;
  readonly claimStore: ClaimStore;
  readonly intentStore: Pick<IntentStore, 'put'>;
  readonly roleAssignments: RoleAssignments;
  readonly roleIds: RoleIds;
  readonly audit: AccessAudit;
  readonly now: () => Date;
}

/** A row that was just written may not be listed by Azure yet. */
const settleMs = 10 * 60_000;
const maxConcurrentScopes = 4;
/** Lists in a row that Azure did not answer or throttled, after which no further scope is asked for. */
const maxUnanswered = 8;

interface Found {
  missing: number;
  unwanted: number;
  heldLeftovers: number;
  foreign: DriftReport['foreign'][number][];
  failedScopes: DriftReport['failedScopes'][number][];
  /** Problems of the last lists, until one succeeds. */
  unanswered: AssignmentProblem[];
  readonly admission: Admission;
  /** Names of assignments that have had a row during this reconciliation. */
  stored: ReadonlySet<string>;
}

export class ReconciliationService {
  constructor(
    private readonly ports: ReconciliationPorts,
    private readonly unsettled: UnsettledService,
    private readonly leftovers: LeftoverService,
  ) {}

  /**
   * Asks for no further scope, and removes nothing, after `until`. The next reconciliation begins with
   * the scopes that this one leaves out. `requestedBy` is the person who asked for it; absent for the
   * timer.
   */
  async reconcile(key: DirectoryKey, until: Date, requestedBy?: Person): Promise<DriftReport> {
    const { assignmentStore, intentStore, ruleStore, audit, now } = this.ports;
    if (requestedBy)
      await audit.append({
        at: now().toISOString(),
        ...key,
        actor: requestedBy,
        action: 'reconciliation.requested',
      });
    await intentStore.put(key, await this.unsettled.intentsFor(key, 'drift'));
    const owned: OwnedAssignment[] = [];
    for await (const row of assignmentStore.listAll(key)) owned.push(row);
    const rules = await ruleStore.get(key);
    const ruled = (rules?.rules ?? []).flatMap((rule) => rule.scopes);
    const before = await assignmentStore.getDrift(key);
    const scopes = scopesFrom([...owned.map(({ scope }) => scope), ...ruled], before?.nextScope);
    const found: Found = {
      missing: 0,
      unwanted: 0,
      heldLeftovers: 0,
      foreign: [],
      failedScopes: [],
      unanswered: [],
      admission: this.leftovers.admission(key, before?.admittedLeftovers),
      stored: new Set(owned.map(({ name }) => name)),
    };
    let nextScope: string | undefined;
    await forEachConcurrently(scopes, maxConcurrentScopes, async (scope) => {
      const { unanswered } = found;
      const isAsked = now() < until && unanswered.length < maxUnanswered;
      if (isAsked) return this.reconcileScope(key, scope, owned, found, until);
      nextScope ??= scope;
      const problem = now() < until ? unanswered.at(-1) : undefined;
      found.failedScopes.push({ scope, problem: problem ?? 'throttled' });
    });
    const { missing, unwanted, heldLeftovers, foreign, failedScopes, admission } = found;
    // A scope that failed may have leftovers that were admitted before.
    const admitted = admission.admitted + (failedScopes.length > 0 ? admission.unused : 0);
    const report: DriftReport = {
      at: now().toISOString(),
      missing,
      unwanted,
      foreignCount: foreign.length,
      ...(heldLeftovers > 0 && { heldLeftovers }),
      ...(admitted > 0 && { admittedLeftovers: admitted }),
      foreign: listed(foreign),
      failedScopes: listed(failedScopes),
      ...(failedScopes.length > 0 && { failedScopeCount: failedScopes.length }),
      ...(nextScope !== undefined && { nextScope }),
      subscriptions: listed(await this.countAssignments(key, scopes, until), Infinity),
    };
    await assignmentStore.putDrift(key, report);
    return report;
  }

  private async reconcileScope(
    key: DirectoryKey,
    scope: string,
    owned: readonly OwnedAssignment[],
    found: Found,
    until: Date,
  ): Promise<void> {
    const inAzure = await this.ports.roleAssignments.list(key.tenantId, scope);
    if (inAzure.outcome === 'failed') {
      found.failedScopes.push({ scope, problem: inAzure.problem });
      if (isUnanswered(inAzure.problem)) found.unanswered.push(inAzure.problem);
      return;
    }
    found.unanswered = [];
    const { assignments } = inAzure;
    const here = owned.filter((row) => scopeKey(row.scope) === scopeKey(scope));
    for (const row of here)
      if (this.isMissing(row, assignments)) await this.repair(key, row, assignments, found);
    // Read after the list: an assignment is claimed before it is made.
    const claimed = await this.ports.claimStore.listNames(key.tenantId);
    const connections = new Set(
      (await this.ports.connections.list(key.tenantId)).map(({ id }) => id),
    );
    const isOurs = ({ description }: AssignmentInAzure) =>
      connections.has(connectionIn(description) ?? '');
    const isDoubtful = ({ name, description }: AssignmentInAzure) =>
      // What had a row is revoked meanwhile if the row is gone.
      !found.stored.has(name) &&
      (!claimed.has(name) || connectionIn(description) === key.connectionId);
    // Claims or rows may be lost, for they are in different tables. A row decides.
    if (assignments.some((each) => isDoubtful(each) && isOurs(each)))
      found.stored = await this.rowNames(key.tenantId, connections, found.stored);
    const unknown = assignments.filter(isDoubtful);
    const leftovers = unknown.filter(isOurs);
    const { admission } = found;
    const removed = await this.leftovers.remove(key, leftovers, admission, until);
    found.unwanted += removed.deleted;
    if (removed.isHeld) found.heldLeftovers += leftovers.length;
    if (removed.problem) found.failedScopes.push({ scope, problem: removed.problem });
    for (const assignment of unknown)
      if (removed.isHeld || !isOurs(assignment)) this.report(assignment, found);
  }

  /** Connections of a tenant may assign roles on the same scopes. `known` are names read before. */
  private async rowNames(
    tenantId: string,
    connections: ReadonlySet<string>,
    known: ReadonlySet<string>,
  ): Promise<ReadonlySet<string>> {
    const names = new Set(known);
    for (const connectionId of connections)
      for await (const { name } of this.ports.assignmentStore.listAll({ tenantId, connectionId }))
        names.add(name);
    return names;
  }

  private isMissing(row: OwnedAssignment, inAzure: readonly AssignmentInAzure[]): boolean {
    const { state, assignedAt } = row;
    // A foreign assignment has a name of its own, which the row does not know.
    if (state === 'manual') return !inAzure.some((each) => isSameGrant(each, row));
    if (state !== 'assigned' || inAzure.some(({ name }) => name === row.name)) return false;
    return this.ports.now().getTime() - Date.parse(assignedAt ?? '') >= settleMs;
  }

  private async repair(
    key: DirectoryKey,
    { subject, name }: OwnedAssignment,
    inAzure: readonly AssignmentInAzure[],
    found: Found,
  ): Promise<void> {
    const { assignmentStore, intentStore, now } = this.ports;
    // The rows were read long before the list. A worker may have changed this one meanwhile.
    const rows = await assignmentStore.listOfSubject(key, subject);
    const row = rows.find((each) => each.name === name);
    if (!row || !this.isMissing(row, inAzure)) return;
    const { assignedAt: _, ...rest } = row;
    const isDrift = row.state === 'assigned';
    const at = now().toISOString();
    const record = recordOf(key, 'drift.missing', row, { at });
    const attached = isDrift ? [this.ports.audit.rowOf(record)] : [];
    if (isDrift) found.missing++;
    await assignmentStore.put(key, { ...rest, state: 'pending' }, attached);
    await intentStore.put(key, [newIntent('grant', row.subject, 'drift', now())]);
  }

  /** Assignments of other roles are not reported. */
  private report({ name, scope, roleId, principalId }: AssignmentInAzure, found: Found): void {
    const role = roleNames.find((each) => this.ports.roleIds[each].toLowerCase() === roleId);
    if (role) found.foreign.push({ name, scope, role, principalId });
  }

  private async countAssignments(
    key: DirectoryKey,
    scopes: readonly string[],
    until: Date,
  ): Promise<DriftReport['subscriptions']> {
    const counts: DriftReport['subscriptions'] = [];
    for (const subscriptionId of new Set(scopes.map(subscriptionIdOf))) {
      if (this.ports.now() >= until) break;
      const counted = await this.ports.roleAssignments.count(key.tenantId, subscriptionId);
      if (counted.outcome === 'failed') continue;
      counts.push({ subscriptionId, assignments: counted.count });
      if (counted.count >= assignmentLimit * limitWarningShare)
        logFailure('role_assignments.limit_near', new Error('The subscription is almost full.'), {
          subscriptionId,
          assignments: counted.count,
          limit: assignmentLimit,
        });
    }
    return counts;
  }
}

const isUnanswered = (problem: AssignmentProblem): boolean =>
  problem === 'unavailable' || problem === 'throttled';

const isSameGrant = ({ roleId, principalId }: AssignmentInAzure, row: OwnedAssignment): boolean =>
  roleId === row.roleId.toLowerCase() && principalId === row.principalId.toLowerCase();
