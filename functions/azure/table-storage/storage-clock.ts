/**
 * The clock that all workers share. Clocks of machines differ, by a minute and more, so durations and
 * orders that several workers write would be wrong. Every response of storage states its time in
 * whole seconds; the clock of this worker is corrected when it contradicts them.
 */
import type { TableServiceClientOptions } from '@azure/data-tables';

/** A single response may have waited in a queue, and a clock may be set while it is under way. */
const contradictions = 3;
/** The clock of the machine was set: what was learned does not apply any more. */
const jumpMs = 1_500;
/** A clock that was just set is trusted: responses with a time from before may still arrive. */
const trustedMs = 5_000;

export class StorageClock {
  /** What is added to the clock of this machine. */
  private offsetMs = 0;
  private contradicting = 0;
  private drift: number;
  private trustedUntilMs = 0;

  constructor(
    private readonly localMs: () => number = Date.now,
    /** Time that never jumps. */
    private readonly steadyMs: () => number = () => performance.now(),
  ) {
    this.drift = localMs() - steadyMs();
  }

  now(): Date {
    this.noticeJump();
    return new Date(this.localMs() + this.offsetMs);
  }

  /** For the clients of storage. */
  readonly policies: NonNullable<TableServiceClientOptions['additionalPolicies']> = [
    {
      position: 'perRetry',
      policy: {
        name: 'readStorageTime',
        sendRequest: async (request, next) => {
          const sentMs = this.localMs();
          const response = await next(request);
          const statedMs = Date.parse(response.headers.get('date') ?? '');
          if (!Number.isNaN(statedMs)) this.observe(statedMs, sentMs, this.localMs());
          return response;
        },
      },
    },
  ];

  /** Storage's time was `statedMs`, or less than a second later, between two local times. */
  private observe(statedMs: number, sentMs: number, receivedMs: number): void {
    this.noticeJump();
    if (this.steadyMs() < this.trustedUntilMs) return;
    const least = statedMs - receivedMs;
    const most = statedMs + 1_000 - sentMs;
    if (this.offsetMs >= least && this.offsetMs <= most) {
      this.contradicting = 0;
      return;
    }
    if (++this.contradicting < contradictions) return;
    this.contradicting = 0;
    this.offsetMs = this.offsetMs < least ? least : most;
  }

  private noticeJump(): void {
    const drift = this.localMs() - this.steadyMs();
    if (Math.abs(drift - this.drift) < jumpMs) return;
    this.drift = drift;
    this.offsetMs = 0;
    this.contradicting = 0;
    this.trustedUntilMs = this.steadyMs() + trustedMs;
  }
}
