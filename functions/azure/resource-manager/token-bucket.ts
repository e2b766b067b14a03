/**
 * How much a service that throttles by a token bucket will still bear: a model of its bucket, corrected by what its
 * answers say. Pure: the time is told in milliseconds, and nobody waits in here.
 */
export interface Rate {
  readonly capacity: number;
  readonly perSecond: number;
}

/** This share is kept back from those who yield, while anybody else has asked lately. */
const reservedShare = 0.2;
const contentionMs = 10_000;
/** Refusals never slow the refill down beyond this part of what is documented. */
const minRefillShare = 1 / 50;
/** About as long as the answer takes that tells whether there is more. */
const probeMs = 1_000;

export class TokenBucket {
  private level: number;
  private perSecond: number;
  private inFlight = 0;
  private pausedUntil = 0;
  /** Since a refusal: what is counted may be wrong in both directions, and one at a time finds out. */
  private probing = false;
  private lastHighPriorityAt = -Infinity;

  constructor(
    private readonly rate: Rate,
    private at: number,
  ) {
    this.level = rate.capacity;
    this.perSecond = rate.perSecond;
  }

  /** How long to wait before asking again; 0 when one may be taken. */
  waitMs(now: number, lowPriority = false): number {
    this.refill(now);
    if (!lowPriority) this.lastHighPriorityAt = now;
    if (this.probing && this.inFlight > 0) return Math.max(this.pauseMs(now), probeMs);
    const contested = lowPriority && now - this.lastHighPriorityAt < contentionMs;
    const kept = contested ? this.rate.capacity * reservedShare : 0;
    const level = this.probing ? Math.min(this.level, 1) : this.level;
    const missing = Math.max(0, kept + 1 - level);
    return Math.ceil(this.pauseMs(now) + (missing / this.perSecond) * 1_000);
  }

  take(): void {
    this.level--;
    this.inFlight++;
  }

  /** What was taken has had its answer, or will never have one. */
  onComplete(): void {
    this.inFlight--;
  }

  /** Azure says how many are left; it may not have seen yet what is under way. The lower count wins. */
  correct(left: number, now: number): void {
    this.refill(now);
    const told = Math.max(0, left - this.inFlight);
    this.level = Math.min(this.probing ? this.rate.capacity : this.level, told);
  }

  /** Something was taken, and not refused: slowly back to what is documented. */
  onSuccess(now: number): void {
    const { capacity, perSecond } = this.rate;
    this.perSecond = Math.min(perSecond, this.perSecond + perSecond / capacity);
    // Answers that come while it rests were under way before.
    if (this.pauseMs(now) === 0) this.probing = false;
  }

  /** Nothing before then, and at that time one, as Retry-After promises. */
  pauseUntil(until: number): void {
    this.pausedUntil = Math.max(this.pausedUntil, until);
    this.level = 1;
    this.probing = true;
  }

  /** The model expected too much. Somebody else may draw from the same bucket, so it refills at half the speed. */
  onThrottled(until: number, now: number): void {
    // Answers to what was under way together are one refusal.
    if (this.pauseMs(now) === 0)
      this.perSecond = Math.max(this.rate.perSecond * minRefillShare, this.perSecond / 2);
    this.pauseUntil(until);
  }

  /** Whether a new bucket would say the same. */
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
    // A clock that was set back keeps nobody waiting for the time to come again.
    if (now < this.at) this.pausedUntil -= this.at - now;
    const seconds = Math.max(0, now - Math.max(this.at, this.pausedUntil)) / 1_000;
    this.level = Math.min(this.rate.capacity, this.level + seconds * this.perSecond);
    this.at = now;
  }
}
