/**
 * Works on intents: one worker per subject, and again later after a failure. Any number of instances
 * may work at once; a lease that its holder does not release ends by itself.
 */
import { forEachConcurrently } from '../../concurrency/for-each-concurrently';
import type { WorkRequests } from '../../durable/ports';
import { logFailure } from '../../errors/log-failure';
import type { Stored } from '../../storage/stored';
import type { DirectoryKey } from '../directory';
import { held, isPrincipalProblem, type ApplyResult } from '../grants/apply-result';
import type { Subject } from '../grants/assignment';
import type { ApplyOptions, GrantService } from '../grants/grant-service';
import type { DepartureService } from '../leavers/departure-service';
import { identity, type Identity } from '../person';
import type { DirectoryReader, IntentStore, WorkLeaseStore } from '../ports';
import { usersBelow } from '../rules/memberships';
import { admittedTo, causeOf } from './combined-intents';
import { HeldLease } from './held-lease';
import { leaversLast, newIntent, retried, type Intent, type IntentTarget } from './intent';
import type { UnsettledService } from './unsettled-service';

export interface WorkPorts {
  readonly directory: () => DirectoryReader;
  readonly intentStore: IntentStore;
  readonly workLeaseStore: WorkLeaseStore;
  readonly workRequests: WorkRequests;
  readonly now: () => Date;
  readonly wait: (ms: number) => Promise<unknown>;
}

export interface WorkOptions {
  /** No call to Azure begins after this time. */
  readonly until: Date;
  readonly urgent: boolean;
  /** The users below a group are found until this time, or all of them. */
  readonly expandsUntil?: Date;
}

export interface Worked {
  /** Users below a group, who have intents now. */
  readonly below: readonly IntentTarget[];
}

interface ExecuteOptions
  extends Omit<ApplyOptions, 'cause' | 'admitted'>, Pick<WorkOptions, 'expandsUntil'> {
  readonly below: IntentTarget[];
  readonly lease: HeldLease;
}

/** `expanded`: the users below the group have intents. */
type Attempted = ApplyResult & Pick<Intent, 'expanded'>;

interface WorkParts {
  readonly grants: GrantService;
  readonly departures: DepartureService;
  readonly unsettled: UnsettledService;
}

const maxConcurrent = 8;
/** Time that a request in the background may wait for its turn. */
const patientMs = 4_000;
/** Pause before a lease that another worker holds is tried again. */
const leasePauseMs = 50;
/** From this number of attempts on, each failure is logged for an alert. */
const alertAfterAttempts = 8;
const intentsPerWrite = 100;
/** Problem of an attempt that a failure of our own ended. */
const internal = 'internal';
const outOfTime: ApplyResult = { problem: 'throttled', retryAfterMs: 0 };

export class WorkService {
  constructor(
    private readonly ports: WorkPorts,
    private readonly parts: WorkParts,
  ) {}

  /**
   * A first attempt for intents that were just stored, and for the users below groups among them. What
   * is not done by `until` stays due.
   */
  async attempt(key: DirectoryKey, targets: readonly IntentTarget[], until: Date): Promise<void> {
    const below = await this.attemptEach(key, targets, until);
    await this.attemptEach(key, below, until);
  }

  private async attemptEach(
    key: DirectoryKey,
    targets: readonly IntentTarget[],
    until: Date,
  ): Promise<readonly IntentTarget[]> {
    const unique = new Map(targets.map((target) => [`${target.kind}|${target.id}`, target]));
    const options = { until, urgent: true, expandsUntil: until };
    const below: IntentTarget[] = [];
    for (const some of leaversLast([...unique.values()], (target) => target))
      await forEachConcurrently(some, maxConcurrent, async (target) => {
        while (this.ports.now() < until) {
          const worked = await this.workOn(key, target, options);
          if (worked) return void below.push(...worked.below);
          // Another worker may be busy with an earlier intent of the subject.
          await this.ports.wait(leasePauseMs);
        }
      });
    return below;
  }

  /** Undefined if another worker has the subject. */
  async workOn(
    key: DirectoryKey,
    target: IntentTarget,
    options: WorkOptions,
  ): Promise<Worked | undefined> {
    const { workLeaseStore, intentStore, now } = this.ports;
    // A deleted user and the leaver are one person.
    const name = `${target.kind === 'leaver' ? 'user' : target.kind}-${target.id}`;
    const taken = await HeldLease.take(workLeaseStore, key, name, now);
    if (!taken) return undefined;
    const below: IntentTarget[] = [];
    try {
      // Read before the directory: an intent that comes later stays, and is worked on again.
      const intents = await intentStore.get(key, target);
      const [first] = intents;
      if (!first) return { below };
      const result = await this.execute(key, target, intents, {
        ...options,
        requestedAt: first.requestedAt,
        maxWaitMs: patientMs,
        below,
        lease: taken,
      });
      for (const intent of intents) await this.conclude(key, intent, result);
      return { below };
    } finally {
      if (!(await taken.release())) await this.lookAgain(key, target);
    }
  }

  /** A deviation that was found meanwhile may have replaced the intent of a user who was deleted. */
  private async isDeparture(
    key: DirectoryKey,
    { kind, id }: Subject,
    intents: readonly Intent[],
  ): Promise<boolean> {
    if (kind !== 'user' || causeOf(intents) !== 'drift') return false;
    return (await this.ports.intentStore.get(key, { kind: 'leaver', id })).length > 0;
  }

  /** The work outlived its lease, so another worker may have decided before a grant was made. */
  private async lookAgain(key: DirectoryKey, target: IntentTarget): Promise<void> {
    const { intentStore, workRequests, now } = this.ports;
    if (target.kind !== 'user' && target.kind !== 'group') return;
    await intentStore.put(key, [newIntent('revoke', target, 'membership', now())]);
    await workRequests.request('applyRoleRules', key.tenantId, 0);
  }

  private async execute(
    key: DirectoryKey,
    target: IntentTarget,
    intents: readonly Intent[],
    { below, lease, expandsUntil, ...options }: ExecuteOptions,
  ): Promise<Attempted> {
    const { grants, departures } = this.parts;
    try {
      if (target.kind === 'rules') return await this.applyRules(key);
      if (target.kind === 'leaver') return await departures.recordLeaver(key, leaverIn(intents));
      const subject: Subject = { kind: target.kind, id: target.id };
      const cause = (await this.isDeparture(key, subject, intents)) ? 'user' : causeOf(intents);
      const admitted = admittedTo(intents);
      const applied = await grants.apply(key, subject, { ...options, cause, admitted });
      if (subject.kind === 'user' || intents.every(({ expanded }) => expanded)) return applied;
      // After the assignments of the group itself, for which the time of the attempt is meant.
      const found = await this.expandGroup(key, subject.id, intents, lease, expandsUntil);
      if (!found) return applied.problem === undefined ? outOfTime : applied;
      below.push(...found);
      return { ...applied, expanded: true };
    } catch (error) {
      logFailure('intent.failed', error, { ...key, target: target.id });
      return { problem: internal };
    }
  }

  private async conclude(
    key: DirectoryKey,
    intent: Stored<Intent>,
    { problem, retryAfterMs = 0, admitted = 0, expanded }: Attempted,
  ): Promise<void> {
    const { intentStore, now } = this.ports;
    if (problem === undefined) return intentStore.delete(key, intent);
    // Waiting for a turn is no failure.
    const attempts = problem === 'throttled' ? -1 : intent.attempts;
    // A failure of our own confirms nothing, so revocations that are held stay held.
    const shown = problem === internal && intent.problem === held ? held : problem;
    const next = retried(
      { ...intent, attempts: Math.max(0, attempts), admitted, ...(expanded && { expanded }) },
      shown,
      retryAfterMs,
      now(),
    );
    // What waits for a person is shown in the access report.
    const waits = shown === held || isPrincipalProblem(shown);
    if (!waits && next.attempts >= alertAfterAttempts)
      logFailure('intent.stuck', new Error(`An intent fails: ${shown}.`), {
        ...key,
        target: intent.target.id,
        attempts: next.attempts,
      });
    await intentStore.replace(key, next);
    const waitMs = Date.parse(next.dueAt) - now().getTime();
    await this.ports.workRequests.request('applyRoleRules', key.tenantId, waitMs / 1_000);
  }

  /** Stores an intent for each user and group whose assignments are not as the rules want. */
  private async applyRules(key: DirectoryKey): Promise<ApplyResult> {
    await this.ports.intentStore.put(key, await this.parts.unsettled.intentsFor(key, 'rules'));
    return {};
  }

  /**
   * A change of a group, or of a group in a group, concerns each user below. Undefined if `until` is
   * over before all users have an intent.
   */
  private async expandGroup(
    key: DirectoryKey,
    groupId: string,
    intents: readonly Intent[],
    lease: HeldLease,
    until: Date | undefined,
  ): Promise<readonly IntentTarget[] | undefined> {
    const { directory, intentStore, now } = this.ports;
    const urgency = intents.some((each) => each.urgency === 'revoke') ? 'revoke' : 'grant';
    const cause = causeOf(intents);
    const below: IntentTarget[] = [];
    let batch: Intent[] = [];
    for await (const id of usersBelow(directory(), key, groupId)) {
      if (until && now() >= until) return undefined;
      await lease.keep();
      const target = { kind: 'user', id } as const;
      below.push(target);
      batch.push(newIntent(urgency, target, cause, now()));
      if (batch.length < intentsPerWrite) continue;
      await intentStore.put(key, batch);
      batch = [];
    }
    if (batch.length > 0) await intentStore.put(key, batch);
    return below;
  }
}

const leaverIn = ([intent]: readonly Intent[]): Identity =>
  identity.parse(JSON.parse(intent?.identity ?? 'null'));
