/** What provisioning calls when a directory changes, and what timers call. */
import { logFailure } from '../errors/log-failure';
import type { AttachedRow, DirectoryChange, DirectoryKey } from './directory';
import { personOf as actorOf, type Person } from '../events/actor';
import { assertConnection } from './connection';
import type { OwnedAssignment } from './grants/assignment';
import type { BreakerService } from './grants/breaker-service';
import type { DriftReport } from './grants/drift';
import type { GrantService } from './grants/grant-service';
import type { ReconciliationService } from './grants/reconciliation-service';
import { intentsOf, toAttachedRow, urgentTargetsOf, type IntentTarget } from './intents/intent';
import type { IdleConnections } from './intents/idle-connections';
import type { WorkService } from './intents/work-service';
import { personOf } from './person';
import type { AssignmentStore, ConnectionLookup, LeaverStore } from './ports';
import { knownPrincipal } from './principals/principal';

interface AccessServicePorts {
  readonly connections: Pick<ConnectionLookup, 'get' | 'listKeys'>;
  readonly assignmentStore: Pick<AssignmentStore, 'listAll'>;
  readonly leaverStore: Pick<LeaverStore, 'deleteConnection'>;
  readonly now: () => Date;
}

/** The response of a deactivation waits this long for its revocations. */
const inlineMs = 3_000;
const backgroundMs = 60_000;
const releaseMs = 20_000;
/** A worker that read the connection before its deletion has ended after this time. */
const quietMs = 45_000;

export class AccessService {
  constructor(
    private readonly ports: AccessServicePorts,
    private readonly grants: GrantService,
    private readonly work: WorkService,
    private readonly reconciliation: ReconciliationService,
    private readonly breaker: BreakerService,
    private readonly idle: IdleConnections,
  ) {}

  /** Rows that are stored in the transaction of the change. */
  intentsOf(change: DirectoryChange): readonly AttachedRow[] {
    return intentsOf(change, this.ports.now()).map(toAttachedRow);
  }

  /** Called after the commit and before the response. Takes at most three seconds, never throws. */
  async afterChange(change: DirectoryChange): Promise<void> {
    const { key } = change;
    const intents = intentsOf(change, this.ports.now());
    if (intents.length === 0) return;
    const urgent = urgentTargetsOf(intents).filter(
      ({ kind }) => kind === 'user' || kind === 'leaver',
    );
    try {
      for (const user of change.users) await this.grants.recordPresence(key, user);
      const isIdle = await this.idle.isIdle(key);
      const due = isIdle ? urgent.filter((each) => needsLookup(each, change)) : urgent;
      if (due.length > 0) await this.work.attempt(key, due, this.later(inlineMs));
      if (isIdle) return;
    } catch (error) {
      // The intents are stored, so a timer repeats the work.
      logFailure('access.attempt_failed', error, { ...key });
    }
    this.startDrain(key);
  }

  /** Revokes everything that the connection granted. True if nothing is left. */
  async release(key: DirectoryKey): Promise<boolean> {
    const until = this.later(releaseMs);
    const bySubject = new Map<string, OwnedAssignment[]>();
    for await (const row of this.ports.assignmentStore.listAll(key)) {
      const id = `${row.subject.kind}|${row.subject.id}`;
      bySubject.set(id, [...(bySubject.get(id) ?? []), row]);
    }
    const requestedAt = this.ports.now().toISOString();
    const options = {
      requestedAt,
      until,
      urgent: true,
      maxWaitMs: inlineMs,
      cause: 'user',
    } as const;
    for (const owned of bySubject.values()) {
      const { problem } = await this.grants.revokeEverything(key, owned, options);
      if (problem === 'throttled') return false;
    }
    for await (const _ of this.ports.assignmentStore.listAll(key)) return false;
    const connection = await this.ports.connections.get(key);
    const since = connection?.deletingSince ?? new Date(0).toISOString();
    if (this.ports.now().getTime() - Date.parse(since) < quietMs) return false;
    await this.ports.leaverStore.deleteConnection(key);
    return true;
  }

  /** Works on due intents of all connections. */
  async drainAll(until: Date): Promise<void> {
    for await (const key of this.ports.connections.listKeys())
      await this.isolated(key, () => this.work.drain(key, until));
  }

  async reconcileAll(): Promise<void> {
    for await (const key of this.ports.connections.listKeys())
      await this.isolated(key, async () => {
        await this.reconciliation.reconcile(key);
        await this.work.drain(key, this.later(backgroundMs));
      });
  }

  /** Throws NotFoundError for an unknown connection. */
  async reconcile(key: DirectoryKey): Promise<DriftReport> {
    await assertConnection(this.ports.connections, key);
    const report = await this.reconciliation.reconcile(key);
    this.startDrain(key);
    return report;
  }

  async confirmRevocations(key: DirectoryKey, actor: Person): Promise<void> {
    await assertConnection(this.ports.connections, key);
    await this.breaker.confirm(key, actorOf(actor));
    this.startDrain(key);
  }

  startDrain(key: DirectoryKey): void {
    this.work.startDrain(key, this.later(backgroundMs));
  }

  private later(ms: number): Date {
    return new Date(this.ports.now().getTime() + ms);
  }

  /** One connection that fails does not stop the others. */
  private async isolated(key: DirectoryKey, work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      logFailure('access.connection_failed', error, { ...key });
    }
  }
}

/** A person who leaves must be looked up in Entra, unless the attributes name the object. */
function needsLookup({ kind, id }: IntentTarget, { users }: DirectoryChange): boolean {
  if (kind === 'leaver') return true;
  const after = users.find((user) => user.id === id)?.after;
  if (kind !== 'user' || !after) return false;
  const person = personOf(after);
  return !person.active && knownPrincipal(person) === undefined;
}
