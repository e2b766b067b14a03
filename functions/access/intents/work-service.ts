/**
 * Works on intents: revocations first, one worker per subject, and again later after a failure. Any
 * number of instances may work at once; a lease that its holder does not renew ends by itself.
 */
import { forEachConcurrently } from '../../concurrency/for-each-concurrently';
import { mapConcurrently } from '../../concurrency/map-concurrently';
import { logFailure } from '../../errors/log-failure';
import type { DirectoryKey } from '../directory';
import { held } from '../grants/breaker-service';
import type { ApplyOptions, ApplyResult, GrantService } from '../grants/grant-service';
import type {
  AssignmentStore,
  DirectoryReader,
  IntentStore,
  RuleStore,
  WorkLeaseStore,
} from '../ports';
import { isSettled } from '../grants/assignment-plan';
import type { OwnedAssignment } from '../grants/assignment';
import { identity, type Identity } from '../person';
import { noRules } from '../rules/role-rule';
import { grantsOfSnapshot, readSnapshot } from '../rules/snapshot';
import { usersBelow } from '../rules/memberships';
import { newIntent, retried, type Intent, type IntentTarget, type Urgency } from './intent';
import type { Stored } from '../../storage/stored';

export interface WorkPorts {
  readonly directory: () => DirectoryReader;
  readonly ruleStore: Pick<RuleStore, 'get'>;
  readonly intentStore: IntentStore;
  readonly assignmentStore: Pick<AssignmentStore, 'listAll'>;
  readonly workLeaseStore: WorkLeaseStore;
  readonly now: () => Date;
  readonly wait: (ms: number) => Promise<unknown>;
}

/** Longer than the calls to Azure that begin within `workMs`. */
const leaseMs = 20_000;
const workMs = 4_000;
/** One worker drains a connection at a time. */
const drainLease = 'drain';
const drainLeaseMs = 20_000;
const renewAfterMs = 5_000;
const maxConcurrent = 8;
/** Grants that are worked on before revocations are looked for again. */
const grantsPerRound = 8;
const revocationsPerRound = 64;
/** Time that a request in the background may wait for its turn. */
const patientMs = 4_000;
/** Pause before a lease that another worker holds is tried again. */
const leasePauseMs = 50;
/** Drains in the background begin at most this often, however many changes there are. */
const drainPauseMs = 1_000;
/** From this number of attempts on, each failure is logged for an alert. */
const alertAfterAttempts = 8;
const intentsPerWrite = 100;
/** Problem of an attempt that ended anywhere, perhaps before revocations were counted. */
const internal = 'internal';

export class WorkService {
  private readonly drains = new Map<string, Promise<void>>();
  /** Drains that begin when the pause after the last one is over. */
  private readonly waiting = new Map<string, Promise<void>>();
  private readonly startedAt = new Map<string, number>();

  constructor(
    private readonly ports: WorkPorts,
    private readonly grants: GrantService,
  ) {}

  /** A first attempt for intents that were just stored. What is not done by `until` stays due. */
  async attempt(key: DirectoryKey, targets: readonly IntentTarget[], until: Date): Promise<void> {
    const unique = new Map(targets.map((target) => [`${target.kind}|${target.id}`, target]));
    await forEachConcurrently(unique.values(), maxConcurrent, async (target) => {
      // Another worker may be busy with an earlier intent of the subject.
      while (this.ports.now() < until && !(await this.workOn(key, target, until, true)))
        await this.ports.wait(leasePauseMs);
    });
  }

  /** Works on what is due until nothing is left or the time is over. Shared by callers. */
  drain(key: DirectoryKey, until: Date): Promise<void> {
    const id = `${key.tenantId}|${key.connectionId}`;
    const running = this.drains.get(id);
    if (running) return running;
    const drain = this.drainAlone(key, until).finally(() => this.drains.delete(id));
    this.drains.set(id, drain);
    return drain;
  }

  /** Drains in the background. */
  startDrain(key: DirectoryKey, until: Date): void {
    const id = `${key.tenantId}|${key.connectionId}`;
    // The drain that waits will find the intents of this change, too.
    if (this.waiting.has(id)) return;
    const pauseMs = (this.startedAt.get(id) ?? 0) + drainPauseMs - this.ports.now().getTime();
    const start = async () => {
      if (pauseMs > 0) await this.ports.wait(pauseMs);
      this.waiting.delete(id);
      this.startedAt.set(id, this.ports.now().getTime());
      await this.drain(key, until);
    };
    const started = start().catch((error: unknown) =>
      logFailure('intents.drain_failed', error, { ...key }),
    );
    if (pauseMs > 0) this.waiting.set(id, started);
  }

  /** Drains that run in this process have ended. */
  async settled(): Promise<void> {
    while (this.drains.size + this.waiting.size > 0)
      await Promise.allSettled([...this.drains.values(), ...this.waiting.values()]);
  }

  private async drainAlone(key: DirectoryKey, until: Date): Promise<void> {
    const { workLeaseStore, now } = this.ports;
    const leaseEnd = () => new Date(now().getTime() + drainLeaseMs);
    // A drain begins only if something is due, so that an idle connection costs two queries.
    if ((await this.nextRound(key)).length === 0) return;
    let lease = await workLeaseStore.take(key, drainLease, now(), leaseEnd());
    let takenAt = now().getTime();
    try {
      while (lease && now() < until) {
        const round = await this.nextRound(key);
        if (round.length === 0) return;
        const workUntil = new Date(Math.min(until.getTime(), now().getTime() + workMs));
        let worked = 0;
        await forEachConcurrently(round, maxConcurrent, async ({ target, urgency }) => {
          if (await this.workOn(key, target, workUntil, urgency === 'revoke')) worked++;
        });
        // Other workers have the rest.
        if (worked === 0) return;
        if (now().getTime() - takenAt < renewAfterMs) continue;
        lease = await workLeaseStore.renew(key, drainLease, lease, leaseEnd());
        takenAt = now().getTime();
      }
    } finally {
      if (lease) await workLeaseStore.release(key, drainLease, lease);
    }
  }

  private async nextRound(key: DirectoryKey): Promise<readonly Intent[]> {
    const { intentStore, now } = this.ports;
    const urgent = await intentStore.listDue(key, 'revoke', now(), revocationsPerRound);
    if (urgent.length > 0) return urgent;
    return intentStore.listDue(key, 'grant', now(), grantsPerRound);
  }

  /** False if another worker has the subject. */
  private async workOn(
    key: DirectoryKey,
    target: IntentTarget,
    until: Date,
    urgent: boolean,
  ): Promise<boolean> {
    const { workLeaseStore, intentStore, now } = this.ports;
    // A deleted user and the leaver are one person.
    const name = `${target.kind === 'leaver' ? 'user' : target.kind}-${target.id}`;
    const leaseUntil = new Date(now().getTime() + leaseMs);
    const lease = await workLeaseStore.take(key, name, now(), leaseUntil);
    if (!lease) return false;
    try {
      // Read before the directory: an intent that comes later stays, and is worked on again.
      const intents = await intentStore.get(key, target);
      const [first] = intents;
      if (!first) return true;
      const result = await this.execute(key, target, intents, {
        requestedAt: first.requestedAt,
        urgent,
        maxWaitMs: patientMs,
        until,
      });
      for (const intent of intents) await this.conclude(key, intent, result);
      return true;
    } finally {
      await workLeaseStore.release(key, name, lease);
    }
  }

  private async execute(
    key: DirectoryKey,
    target: IntentTarget,
    intents: readonly Intent[],
    options: Omit<ApplyOptions, 'cause' | 'admitted'>,
  ): Promise<ApplyResult> {
    const cause = causeOf(intents);
    const urgency = intents.some((each) => each.urgency === 'revoke') ? 'revoke' : 'grant';
    try {
      if (target.kind === 'rules') return await this.applyRules(key);
      if (target.kind === 'leaver') return await this.grants.recordLeaver(key, leaverIn(intents));
      const subject = { kind: target.kind, id: target.id };
      if (subject.kind === 'group') await this.expandGroup(key, subject.id, urgency, cause);
      const admitted = isAdmitted(intents);
      return await this.grants.apply(key, subject, { ...options, cause, admitted });
    } catch (error) {
      logFailure('intent.failed', error, { ...key, target: target.id });
      return { problem: internal };
    }
  }

  private async conclude(
    key: DirectoryKey,
    intent: Stored<Intent>,
    { problem, retryAfterMs = 0 }: ApplyResult,
  ): Promise<void> {
    const { intentStore, now } = this.ports;
    if (problem === undefined) return intentStore.delete(key, intent);
    // Waiting for a turn is no failure.
    const attempts = problem === 'throttled' ? -1 : intent.attempts;
    const next = retried(
      { ...intent, attempts: Math.max(0, attempts) },
      problem,
      retryAfterMs,
      now(),
    );
    // What waits for a person is shown in the access report.
    const waits = problem === held || problem.startsWith('principal_');
    if (!waits && next.attempts >= alertAfterAttempts)
      logFailure('intent.stuck', new Error(`An intent fails: ${problem}.`), {
        ...key,
        target: intent.target.id,
        attempts: next.attempts,
      });
    await intentStore.replace(key, next);
  }

  /** A change of a group, or of a group in a group, concerns each user below. */
  private async expandGroup(
    key: DirectoryKey,
    groupId: string,
    urgency: Urgency,
    cause: Intent['cause'],
  ): Promise<void> {
    const { directory, intentStore, now } = this.ports;
    let batch: Intent[] = [];
    for await (const id of usersBelow(directory(), key, groupId)) {
      batch.push(newIntent(urgency, { kind: 'user', id }, cause, now()));
      if (batch.length < intentsPerWrite) continue;
      await intentStore.put(key, batch);
      batch = [];
    }
    if (batch.length > 0) await intentStore.put(key, batch);
  }

  /** Stores an intent for each user and group whose assignments are not as the rules want. */
  private async applyRules(key: DirectoryKey): Promise<ApplyResult> {
    await this.ports.intentStore.put(key, await this.unsettled(key, 'rules'));
    return {};
  }

  /**
   * Intents for all users and groups whose rows are not as the rules want. An intent that is there
   * already is not replaced: it knows its attempts, and whether it waits for a confirmation.
   */
  async unsettled(key: DirectoryKey, cause: Intent['cause']): Promise<readonly Intent[]> {
    const { directory, ruleStore, assignmentStore, now } = this.ports;
    const owned = new Map<string, OwnedAssignment[]>();
    for await (const row of assignmentStore.listAll(key)) {
      const id = idOf(row.subject);
      owned.set(id, [...(owned.get(id) ?? []), row]);
    }
    const rules = (await ruleStore.get(key)) ?? noRules;
    const wanted = grantsOfSnapshot(rules, await readSnapshot(directory(), key));
    const intents: Intent[] = [];
    const ruleIds = new Set(rules.rules.map(({ id }) => id));
    /** Subjects of assignments that no rule can want any more. */
    const obsolete = new Set<string>();
    for (const { subject, grants } of wanted) {
      const id = idOf(subject);
      const rows = owned.get(id) ?? [];
      owned.delete(id);
      if (!isSettled(grants, rows))
        intents.push(newIntent(rows.length > 0 ? 'revoke' : 'grant', subject, cause, now()));
    }
    for (const rows of owned.values()) {
      const { subject } = rows[0]!;
      const reasons = rows.flatMap((row) => row.reasons);
      if (!reasons.some(({ ruleId }) => ruleIds.has(ruleId))) obsolete.add(idOf(subject));
      intents.push(newIntent('revoke', subject, cause, now()));
    }
    const known = await mapConcurrently(intents, maxConcurrent, (intent) =>
      this.ports.intentStore.get(key, intent.target),
    );
    return intents.filter(({ target }, index) => {
      const earlier = known[index]!;
      if (cause === 'drift') return earlier.length === 0;
      return obsolete.has(idOf(target)) || !earlier.some(isHeld);
    });
  }
}

/** Several intents of a subject are worked on together. One that is never held back decides. */
function causeOf(intents: readonly Intent[]): Intent['cause'] {
  const order = ['user', 'rules', 'membership', 'group', 'drift'] as const;
  return order.find((each) => intents.some(({ cause }) => cause === each))!;
}

const idOf = ({ kind, id }: IntentTarget): string => `${kind}|${id}`;

const leaverIn = ([intent]: readonly Intent[]): Identity =>
  identity.parse(JSON.parse(intent?.identity ?? 'null'));

const isHeld = ({ problem }: Intent): boolean => problem === held;

/** The revocations were counted by an earlier attempt, which Azure or a lack of time ended. */
function isAdmitted(intents: readonly Intent[]): boolean {
  const revocations = intents.filter(({ urgency }) => urgency === 'revoke');
  return (
    revocations.length > 0 &&
    revocations.every(
      ({ attempts, problem }) => attempts > 0 && problem !== held && problem !== internal,
    )
  );
}
