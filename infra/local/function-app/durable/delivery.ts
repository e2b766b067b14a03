/**
 * How unkind the queues of Durable Functions are: each message travels for a while, and some activities
 * are delivered twice, seconds apart, as by a queue whose worker was too slow to delete a message.
 */
export interface Delivery {
  /** Shortest and longest time of a message in a queue, in milliseconds. */
  readonly hopMs?: readonly [min: number, max: number];
  /** Share of the activities that are delivered twice. */
  readonly redeliver?: number;
  /** Shortest and longest time until the second delivery, in milliseconds. Seconds by default. */
  readonly redeliverAfterMs?: readonly [min: number, max: number];
}

export class Queues {
  /** Activities to deliver twice, of which less than one is due. */
  #due = 0;

  constructor(
    private readonly delivery: Delivery,
    private readonly random: () => number = Math.random,
  ) {}

  /** Milliseconds that the next message travels. */
  hop(): number {
    const { hopMs } = this.delivery;
    return hopMs ? this.#between(...hopMs) : 0;
  }

  /** Milliseconds until this activity is delivered once more. Undefined if it is not. */
  redelivery(): number | undefined {
    this.#due += this.delivery.redeliver ?? 0;
    if (this.#due < 1) return undefined;
    this.#due -= 1;
    const { redeliverAfterMs = [1_000, 4_000] } = this.delivery;
    return this.#between(...redeliverAfterMs);
  }

  #between(min: number, max: number): number {
    return min + (max - min) * this.random();
  }
}
