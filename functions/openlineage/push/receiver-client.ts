/**
 * Sends events to a receiver as the HTTP transport of OpenLineage does: each in a POST of its own, with
 * the key as bearer token (https://openlineage.io/docs/client/python/configuration#http). Any status of
 * 2xx means accepted.
 */
import type { Sender, SendResult } from '../../webhooks/ports';
import type { OpenLineageEvent } from '../events/event';
import type { PushFailure, Sent } from './push';
import type { ReceiverAddress } from './target-secrets';

/** Thrown when the receiver does not take events now. */
export class ReceiverFailedError extends Error {
  override readonly name = 'ReceiverFailedError';
  constructor(readonly failure: PushFailure & { readonly retryAfterMs?: number }) {
    super(`The receiver failed: ${failure.error ?? failure.status}.`);
  }
}

/** The event itself is at fault, so sending it again is of no use. */
const rejections = [400, 413, 415, 422];
/** Less than the claim of a worker lasts. */
const maxMs = 90_000;
/** A receiver that rejects so many events and accepts none is none of OpenLineage. */
const maxRejections = 20;
/** A receiver that a person has removed or replaced gets nothing after this time. */
const currentMs = 2_000;

export class ReceiverClient {
  private accepted = 0;
  private rejected = 0;
  private lastRejection: PushFailure | undefined;
  private readonly deadline = performance.now() + maxMs;
  private checkedAt = performance.now();

  constructor(
    private readonly sender: Pick<Sender, 'send'>,
    private readonly address: ReceiverAddress,
    /** Whether the receiver is still the one of the connector. */
    private readonly isCurrent: () => Promise<boolean>,
    private readonly now: () => Date,
  ) {}

  get sent(): Sent {
    const { accepted, rejected, lastRejection } = this;
    return { accepted, rejected, lastRejection };
  }

  /** One after the other. Throws ReceiverFailedError. */
  async send(events: readonly OpenLineageEvent[]): Promise<void> {
    const { url, apiKey } = this.address;
    const headers = {
      'Content-Type': 'application/json',
      'User-Agent': 'adf-connect-openlineage/1',
      ...(apiKey !== undefined && { Authorization: `Bearer ${apiKey}` }),
    };
    for (const event of events) {
      if (performance.now() > this.deadline) this.count({ error: 'timed_out' });
      await this.assertCurrent();
      this.count(await this.sender.send({ url, headers, body: JSON.stringify(event) }));
    }
  }

  private async assertCurrent(): Promise<void> {
    const at = performance.now();
    if (at - this.checkedAt < currentMs) return;
    this.checkedAt = at;
    if (await this.isCurrent()) return;
    throw new ReceiverFailedError({ at: this.now().toISOString(), error: 'receiver_removed' });
  }

  private count(result: SendResult): void {
    const at = this.now().toISOString();
    if ('error' in result) throw new ReceiverFailedError({ at, error: result.error });
    const { status, retryAfterMs } = result;
    if (status >= 200 && status < 300) this.accepted++;
    else {
      const isRejection = rejections.includes(status);
      if (!isRejection || (this.accepted === 0 && this.rejected >= maxRejections))
        throw new ReceiverFailedError({
          at,
          status,
          ...(retryAfterMs !== undefined && { retryAfterMs }),
        });
      this.rejected++;
      this.lastRejection = { at, status };
    }
  }
}
