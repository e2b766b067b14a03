/**
 * Drains the intents of a connection: revocations first, in rounds. One worker drains a connection at a
 * time; a lease that its holder does not renew ends by itself.
 */
import { ConcurrencyLimiter } from '../../concurrency/concurrency-limiter';
import { forEachConcurrently } from '../../concurrency/for-each-concurrently';
import { KeyedPool } from '../../concurrency/keyed-pool';
import { logFailure } from '../../errors/log-failure';
import type { DirectoryKey } from '../directory';
import type { IntentStore, WorkLeaseStore } from '../ports';
import type { Stored } from '../../storage/stored';
import type { IdleWorkService } from './idle-work-service';
import { leaversLast, type Intent, type IntentTarget } from './intent';
import type { WorkService } from './work-service';

interface DrainPorts {
  readonly intentStore: Pick<IntentStore, 'listDue'>;
  readonly workLeaseStore: WorkLeaseStore;
  readonly now: () => Date;
  readonly wait: (ms: number) => Promise<unknown>;
}

const workMs = 4_000;
const drainLease = 'drain';
const drainLeaseMs = 20_000;
const renewAfterMs = 5_000;
const maxConcurrent = 8;
/** Grants that are worked on before revocations are looked for again. */
const grantsPerRound = 8;
const revocationsPerRound = 64;
/** Pause before revocations are tried again whose subjects other workers have. */
const busyPauseMs = 500;
/** Drains in the background begin at most this often, however many changes there are. */
const drainPauseMs = 1_000;
/** More revocations than these are left to the drain. */
const maxWaitingRevocations = 64;

export class DrainService {
  private readonly drains = new Map<string, Promise<void>>();
  /** Drains that begin when the pause after the last one is over. */
  private readonly waiting = new Map<string, Promise<void>>();
  private readonly startedAt = new Map<string, number>();
  private readonly revocations = new KeyedPool<ConcurrencyLimiter>(({ isIdle }) => isIdle);
  private readonly revoking = new Set<Promise<void>>();

  constructor(
    private readonly ports: DrainPorts,
    private readonly work: WorkService,
    private readonly idleWork: IdleWorkService,
  ) {}

  /** Works on what is due until nothing is left or the time is over. Shared by callers. */
  drain(key: DirectoryKey, until: Date): Promise<void> {
    const id = idOf(key);
    const running = this.drains.get(id);
    if (running) return running;
    const drain = this.drainAlone(key, until).finally(() => this.drains.delete(id));
    this.drains.set(id, drain);
    return drain;
  }

  /** Drains in the background. */
  startDrain(key: DirectoryKey, until: Date): void {
    const id = idOf(key);
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

  /**
   * Tries revocations once in the background. A drain would look at them after its round of grants,
   * here or at another worker.
   */
  startRevocations(key: DirectoryKey, targets: readonly IntentTarget[]): void {
    const create = () => new ConcurrencyLimiter(maxConcurrent);
    const limiter = this.revocations.getOrCreate(idOf(key), create);
    if (limiter.waiting + targets.length > maxWaitingRevocations) return;
    const started = this.revoke(key, targets, limiter)
      .catch((error: unknown) => logFailure('intents.revocation_failed', error, { ...key }))
      .finally(() => this.revoking.delete(started));
    this.revoking.add(started);
  }

  private async revoke(
    key: DirectoryKey,
    targets: readonly IntentTarget[],
    limiter: ConcurrencyLimiter,
  ): Promise<void> {
    const workOn = (target: IntentTarget) => {
      const until = new Date(this.ports.now().getTime() + workMs);
      return this.work.workOn(key, target, { until, urgent: true });
    };
    for (const some of leaversLast(targets, (target) => target))
      await Promise.all(some.map((target) => limiter.run(() => workOn(target))));
  }

  /** What runs in the background of this process has ended. */
  async settled(): Promise<void> {
    const running = () => [...this.drains.values(), ...this.waiting.values(), ...this.revoking];
    while (running().length > 0) await Promise.allSettled(running());
  }

  private async drainAlone(key: DirectoryKey, until: Date): Promise<void> {
    const { workLeaseStore, now, wait } = this.ports;
    const leaseEnd = () => new Date(now().getTime() + drainLeaseMs);
    // A drain begins only if something is due, so that an idle connection costs two queries.
    if ((await this.nextRound(key)).length === 0) return;
    let lease = await workLeaseStore.take(key, drainLease, now(), leaseEnd());
    let takenAt = now().getTime();
    try {
      let grants = grantsPerRound;
      while (lease && now() < until) {
        const round = await this.nextRound(key, grants);
        if (round.length === 0) return;
        const workUntil = new Date(Math.min(until.getTime(), now().getTime() + workMs));
        const isIdle = await this.idleWork.isIdle(key);
        // Nothing is granted there, so no revocation waits for a grant.
        grants = isIdle ? revocationsPerRound : grantsPerRound;
        let worked = 0;
        await forEachConcurrently(round, maxConcurrent, async (intent) => {
          const { target, urgency } = intent;
          const options = { until: workUntil, urgent: urgency === 'revoke' };
          const isDone =
            (isIdle && (await this.idleWork.conclude(key, intent))) ||
            (await this.work.workOn(key, target, options));
          if (isDone) worked++;
        });
        if (worked === 0) {
          // Other workers have the rest. A revocation must not be missed when they let go.
          if (round[0]?.urgency !== 'revoke') return;
          await wait(busyPauseMs);
        }
        if (now().getTime() - takenAt < renewAfterMs) continue;
        lease = await workLeaseStore.renew(key, drainLease, lease, leaseEnd());
        takenAt = now().getTime();
      }
    } finally {
      if (lease) await workLeaseStore.release(key, drainLease, lease);
    }
  }

  private async nextRound(
    key: DirectoryKey,
    grants = grantsPerRound,
  ): Promise<readonly Stored<Intent>[]> {
    const { intentStore, now } = this.ports;
    const urgent = await intentStore.listDue(key, 'revoke', now(), revocationsPerRound);
    const [first] = leaversLast(urgent, ({ target }) => target);
    if (first) return first;
    return intentStore.listDue(key, 'grant', now(), grants);
  }
}

const idOf = ({ tenantId, connectionId }: DirectoryKey) => `${tenantId}|${connectionId}`;
