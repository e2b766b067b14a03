/**
 * Receivers that answer slowly or not at all, as this worker sees them. A request that waits holds one
 * of the few steps that a worker runs at a time, for all tenants. So a slow receiver gets one request at a
 * time, and one that does not answer gets none for a while.
 */
import { BoundedMap } from '../../concurrency/bounded-map';

const slowMs = 3_000;
const minPauseMs = 60_000;
const maxPauseMs = 15 * 60_000;
const maxReceivers = 5_000;

interface SlowReceiver {
  isAsked: boolean;
  /** In ms since the epoch. */
  pausedUntil: number;
  nextPauseMs: number;
}

export class SlowReceivers {
  private readonly receivers = new BoundedMap<SlowReceiver>(maxReceivers);

  constructor(private readonly now: () => Date) {}

  /**
   * Sends a request, unless the receiver is slow and must not get it now: then undefined. A test is
   * always sent.
   */
  async send<T extends object>(
    receiver: string,
    request: () => Promise<T>,
    { isTest = false }: { readonly isTest?: boolean } = {},
  ): Promise<T | undefined> {
    const known = this.receivers.get(receiver);
    const begunAt = this.now().getTime();
    const mustWait = known !== undefined && (known.isAsked || begunAt < known.pausedUntil);
    if (mustWait && !isTest) return undefined;
    if (known) known.isAsked = true;
    try {
      const result = await request();
      this.note(receiver, begunAt, !('error' in result));
      return result;
    } finally {
      if (known) known.isAsked = false;
    }
  }

  private note(receiver: string, begunAt: number, isAnswered: boolean): void {
    const now = this.now().getTime();
    if (now - begunAt < slowMs) {
      this.receivers.delete(receiver);
      return;
    }
    const known = this.receivers.get(receiver) ?? newSlowReceiver();
    if (isAnswered) known.nextPauseMs = minPauseMs;
    // Requests that began before the receiver was known to be slow end together.
    else if (now >= known.pausedUntil) {
      known.pausedUntil = now + known.nextPauseMs;
      known.nextPauseMs = Math.min(2 * known.nextPauseMs, maxPauseMs);
    }
    this.receivers.set(receiver, known);
  }
}

const newSlowReceiver = (): SlowReceiver => ({
  isAsked: false,
  pausedUntil: 0,
  nextPauseMs: minPauseMs,
});
