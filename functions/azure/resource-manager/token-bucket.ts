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

export class TokenBucket {
  private level: number;
  private perSecond: number;
  private inFlight = 0;
  private pausedUntil = 0;
  /** True after a 429: the level is unreliable, so one request at a time probes it. */
  private probing = false;
  private lastHighPriorityAt = -Infinity;

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
    const missing = Math.max(0, reserved + 1 - level);
    return Math.ceil(this.pauseMs(now) + (missing / this.perSecond) * 1_000);
  }

  take(): void {
    this.level--;
    this.inFlight++;
  }

  /** The request of a token ended, with or without a response. */
  onComplete(): void {
    this.inFlight--;
  }

  /**
   * Takes the remaining requests of a response header. The header may not include requests in
   * flight.
   */
  correct(remaining: number, now: number): void {
    this.refill(now);
    const level = Math.max(0, remaining - this.inFlight);
    this.level = Math.min(this.probing ? this.rate.capacity : this.level, level);
  }

  /** A request was not throttled: the refill moves back towards the documented rate. */
  onSuccess(now: number): void {
    const { capacity, perSecond } = this.rate;
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
    if (this.pauseMs(now) === 0)
      this.perSecond = Math.max(this.rate.perSecond * minRefillShare, this.perSecond / 2);
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
