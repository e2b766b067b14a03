/** What provisioning calls when a directory changes, and what timers call. */
import { forEachConcurrently } from '../concurrency/for-each-concurrently';
import type { WorkRequests } from '../durable/ports';
import { logFailure } from '../errors/log-failure';
import { isOwnFailure, throwFirst } from '../errors/own-failure';
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
import type { DrainService } from './intents/drain-service';
import type { SlowConnections } from './intents/slow-connections';
import type { WorkService } from './intents/work-service';
import type { DepartureService } from './leavers/departure-service';
import { personOf } from './person';
import type { AssignmentStore, ConnectionLookup, LeaverStore } from './ports';
import { knownPrincipal } from './principals/principal';

interface AccessServicePorts {
  readonly connections: Pick<ConnectionLookup, 'get' | 'listKeys'>;
  readonly assignmentStore: Pick<AssignmentStore, 'listAll' | 'getDrift'>;
  readonly leaverStore: Pick<LeaverStore, 'deleteConnection'>;
  readonly workRequests: WorkRequests;
  readonly now: () => Date;
}

interface AccessParts {
  readonly grants: GrantService;
  readonly departures: DepartureService;
  readonly work: WorkService;
  readonly drains: DrainService;
  readonly reconciliation: ReconciliationService;
  readonly breaker: BreakerService;
  readonly idle: IdleConnections;
  readonly slow: SlowConnections;
}

/** The response of a deactivation waits this long for its revocations. */
const inlineMs = 3_000;
const backgroundMs = 60_000;
/** Well within `functionTimeout` of host.json. */
const reconcileMs = 7 * 60_000;
/** One connection does not keep the others waiting for longer. */
const connectionMs = 3 * 60_000;
/** Well within the time that a request may take. */
const requestMs = 60_000;
const maxConcurrentConnections = 4;
const releaseMs = 20_000;
/** Another worker looks at the intents of a change after this time, if the one that stored it died. */
const takeoverSeconds = 10;
/** A worker that read the connection before its deletion has ended after this time. */
const quietMs = 45_000;

export class AccessService {
  constructor(
    private readonly ports: AccessServicePorts,
    private readonly parts: AccessParts,
  ) {}

  /** Rows that are stored in the transaction of the change. */
  intentsOf(change: DirectoryChange): readonly AttachedRow[] {
    const intents = intentsOf(change, this.ports.now());
    if (intents.length > 0)
      void this.ports.workRequests.request('applyRoleRules', change.key.tenantId, takeoverSeconds);
    return intents.map(toAttachedRow);
  }

  /**
   * Called after the commit and before the response. Begins no call to Azure after three seconds, never
   * throws.
   */
  async afterChange(change: DirectoryChange): Promise<void> {
    const { key } = change;
    const intents = intentsOf(change, this.ports.now());
    if (intents.length === 0) return;
    const urgent = urgentTargetsOf(intents);
    try {
      for (const user of change.users) await this.parts.departures.recordPresence(key, user);
      const isIdle = await this.parts.idle.isIdle(key);
      const due = isIdle ? urgent.filter((each) => needsLookup(each, change)) : urgent;
      if (due.length > 0) await this.attempt(key, due);
      if (isIdle) return;
    } catch (error) {
      // The intents are stored, so a timer repeats the work.
      logFailure('access.attempt_failed', error, { ...key });
    }
    this.startDrain(key);
  }

  private async attempt(key: DirectoryKey, due: readonly IntentTarget[]): Promise<void> {
    const { work, slow, drains } = this.parts;
    if (slow.isSlow(key)) return drains.startRevocations(key, due);
    const until = this.later(inlineMs);
    await work.attempt(key, due, until);
    if (this.ports.now() >= until) slow.note(key);
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
      const { problem } = await this.parts.grants.revokeEverything(key, owned, options);
      if (problem === 'throttled') return false;
    }
    for await (const _ of this.ports.assignmentStore.listAll(key)) return false;
    const connection = await this.ports.connections.get(key);
    const since = connection?.deletingSince ?? new Date(0).toISOString();
    if (this.ports.now().getTime() - Date.parse(since) < quietMs) return false;
    await this.ports.leaverStore.deleteConnection(key);
    return true;
  }

  /** Works on due intents of all connections, or of those of a tenant. Fails if the app itself does. */
  async drainAll(until: Date, tenantId?: string): Promise<void> {
    await this.ofEach(this.ports.connections.listKeys(tenantId), (key) =>
      this.parts.drains.drain(key, until),
    );
  }

  /**
   * Reconciles all connections, those first that wait longest. What is not reached in time is first in
   * the next run: the host ends a worker whose timer takes too long.
   */
  async reconcileAll(): Promise<void> {
    const until = this.later(reconcileMs);
    const waiting: { readonly key: DirectoryKey; readonly since: string }[] = [];
    for await (const key of this.ports.connections.listKeys()) {
      const drift = this.ports.assignmentStore.getDrift(key).catch(() => undefined);
      const { at = '' } = (await drift) ?? {};
      waiting.push({ key, since: at });
    }
    const keys = waiting.toSorted(bySince).map(({ key }) => key);
    await this.ofEach(keys, async (key) => {
      const own = earlier(until, this.later(connectionMs));
      if (this.ports.now() >= until) return;
      await this.parts.reconciliation.reconcile(key, own);
      await this.parts.drains.drain(key, own);
    });
  }

  /** Throws NotFoundError for an unknown connection. */
  async reconcile(key: DirectoryKey, actor: Person): Promise<DriftReport> {
    await assertConnection(this.ports.connections, key);
    const until = this.later(requestMs);
    const report = await this.parts.reconciliation.reconcile(key, until, actorOf(actor));
    this.startDrain(key);
    return report;
  }

  async confirmRevocations(key: DirectoryKey, actor: Person): Promise<void> {
    await assertConnection(this.ports.connections, key);
    await this.parts.breaker.confirm(key, actorOf(actor));
    this.startDrain(key);
  }

  startDrain(key: DirectoryKey): void {
    this.parts.drains.startDrain(key, this.later(backgroundMs));
  }

  private later(ms: number): Date {
    return new Date(this.ports.now().getTime() + ms);
  }

  /** One connection that fails, or takes long, does not stop the others. */
  private async ofEach(
    keys: AsyncIterable<DirectoryKey> | Iterable<DirectoryKey>,
    work: (key: DirectoryKey) => Promise<unknown>,
  ): Promise<void> {
    const failures: unknown[] = [];
    await forEachConcurrently(keys, maxConcurrentConnections, async (key) => {
      try {
        await work(key);
      } catch (error) {
        logFailure('access.connection_failed', error, { ...key });
        if (isOwnFailure(error)) failures.push(error);
      }
    });
    throwFirst(failures);
  }
}

const bySince = (one: { readonly since: string }, other: { readonly since: string }): number =>
  one.since < other.since ? -1 : 1;

const earlier = (one: Date, other: Date): Date => (one < other ? one : other);

/** A person who leaves must be looked up in Entra, unless the attributes name the object. */
function needsLookup({ kind, id }: IntentTarget, { users }: DirectoryChange): boolean {
  if (kind === 'leaver') return true;
  const after = users.find((user) => user.id === id)?.after;
  if (kind !== 'user' || !after) return false;
  const person = personOf(after);
  return !person.active && knownPrincipal(person) === undefined;
}
