/**
 * Model of the token bucket of a service, corrected by its responses. Pure: the caller passes the
 * time in milliseconds and does the waiting. After a 429 the bucket is half-open: it lets one probe
 * at a time through.
 */
export interface Rate {
  readonly capacity: number;
  readonly perSecond: number;
}

/** Share of the capacity that low-priority requests may not use while others are active. */
const reservedShare = 0.2;
/** Others count as active for this time after their last request. */
const contentionMs = 10_000;
/** Throttling never slows the refill below this share of the documented rate. */
const minRefillShare = 1 / 50;
/** Wait for the response of a probe. */
const probeMs = 1_000;
/** What others take is learned from the headers of this time, and not across a longer pause. */
const minLearnMs = 400;
const maxLearnMs = 5_000;
/** A bucket above this share does not show its refill, which ends when it is full. */
const fullShare = 0.9;
/** Below this share the refill is learned as well: there may be less of it than documented. */
const scarceShare = 0.2;
/** Others may take for this time before a header tells of it. */
const latencySeconds = 0.2;
/** Largest share of the capacity that is left to others. */
const maxSharedReserve = 0.1;

export class TokenBucket {
  private level: number;
  private perSecond: number;
  private inFlight = 0;
  private pausedUntil = 0;
  /** True after a 429: the level is unreliable, so one request at a time probes it. */
  private probing = false;
  private lastHighPriorityAt = -Infinity;
  /** Number of own requests that have ended. */
  private completed = 0;
  /** What a header said, and how many own requests had ended by then. */
  private header: { remaining: number; completed: number; at: number } | undefined;
  private othersPerSecond = 0;
  private isRefillLearned = false;

  constructor(
    private readonly rate: Rate,
    private at: number,
  ) {
    this.level = rate.capacity;
    this.perSecond = rate.perSecond;
  }

  /** Wait before the next call. 0 if a token may be taken. */
  waitMs(now: number, lowPriority = false): number {
    this.refill(now);
    if (!lowPriority) this.lastHighPriorityAt = now;
    if (this.probing && this.inFlight > 0) return Math.max(this.pauseMs(now), probeMs);
    const contested = lowPriority && now - this.lastHighPriorityAt < contentionMs;
    const reserved = contested ? this.rate.capacity * reservedShare : 0;
    const level = this.probing ? Math.min(this.level, 1) : this.level;
    const missing = Math.max(0, Math.max(reserved, this.sharedReserve()) + 1 - level);
    return Math.ceil(this.pauseMs(now) + (missing / this.perSecond) * 1_000);
  }

  take(): void {
    this.level--;
    this.inFlight++;
  }

  /** The request of a token ended, with or without a response. */
  onComplete(): void {
    this.inFlight--;
    this.completed++;
  }

  /**
   * Takes the remaining requests of a response header. The header may not include requests in
   * flight.
   */
  correct(remaining: number, now: number): void {
    this.refill(now);
    this.learn(remaining, now);
    const level = Math.max(0, remaining - this.inFlight);
    this.level = Math.min(this.probing ? this.rate.capacity : this.level, level);
  }

  /**
   * Azure has one bucket for all workers of a connector. What the own requests and the refill between
   * two headers do not explain was taken by others.
   */
  private learn(remaining: number, now: number): void {
    const before = (this.header ??= { remaining, completed: this.completed, at: now });
    const elapsedMs = now - before.at;
    if (elapsedMs < minLearnMs) return;
    this.header = { remaining, completed: this.completed, at: now };
    this.isRefillLearned = false;
    const { capacity, perSecond } = this.rate;
    if (elapsedMs > maxLearnMs || remaining > capacity * fullShare) return;
    const own = this.completed - before.completed;
    const left = (remaining - before.remaining + own) / (elapsedMs / 1_000);
    this.othersPerSecond = (this.othersPerSecond + Math.max(0, perSecond - left)) / 2;
    if (remaining > capacity * scarceShare) return;
    const mean = (this.perSecond + Math.max(0, left)) / 2;
    this.perSecond = Math.min(perSecond, Math.max(this.minRefill(), mean));
    this.isRefillLearned = true;
  }

  private minRefill(): number {
    return this.rate.perSecond * minRefillShare;
  }

  private sharedReserve(): number {
    if (this.probing) return 0;
    return Math.min(this.rate.capacity * maxSharedReserve, this.othersPerSecond * latencySeconds);
  }

  /** A request was not throttled: the refill moves back towards the documented rate. */
  onSuccess(now: number): void {
    const { capacity, perSecond } = this.rate;
    if (!this.isRefillLearned)
      this.perSecond = Math.min(perSecond, this.perSecond + perSecond / capacity);
    // A response during the pause belongs to a request that was sent before it.
    if (this.pauseMs(now) === 0) this.probing = false;
  }

  /** No request before this time, then one probe, as Retry-After promises. */
  pauseUntil(until: number): void {
    this.pausedUntil = Math.max(this.pausedUntil, until);
    this.level = 1;
    this.probing = true;
  }

  /**
   * The model was too optimistic: other clients may use the same bucket, so the refill rate is
   * halved.
   */
  onThrottled(until: number, now: number): void {
    // Several 429 of requests that were in flight together count once.
    if (this.pauseMs(now) === 0) this.perSecond = Math.max(this.minRefill(), this.perSecond / 2);
    this.pauseUntil(until);
  }

  /** Whether the bucket is in its initial state. */
  isFull(now: number): boolean {
    this.refill(now);
    const { capacity, perSecond } = this.rate;
    const asDocumented = this.level >= capacity && this.perSecond === perSecond;
    return asDocumented && !this.probing && this.inFlight === 0;
  }

  private pauseMs(now: number): number {
    return Math.max(0, this.pausedUntil - now);
  }

  private refill(now: number): void {
    // If the clock was set back, the pause moves with it.
    if (now < this.at) this.pausedUntil -= this.at - now;
    const seconds = Math.max(0, now - Math.max(this.at, this.pausedUntil)) / 1_000;
    this.level = Math.min(this.rate.capacity, this.level + seconds * this.perSecond);
    this.at = now;
  }
}
