/** Answers that are good for a moment: whoever asks the same in the meantime shares them. */

interface Look<T> {
  readonly at: number;
  readonly answer: Promise<T>;
}

export class TtlCache<T> {
  private readonly looks = new Map<string, Look<T>>();

  /** Keeps `most` answers; the one that was asked for longest ago gives way. */
  constructor(
    private readonly ttlMs: number,
    private readonly maxEntries: number,
    private readonly now: () => Date,
  ) {}

  get size(): number {
    return this.looks.size;
  }

  /** A failure is told to those who wait for it, and not kept. */
  getOrLoad(key: string, look: () => Promise<T>): Promise<T> {
    const at = this.now().getTime();
    const last = this.looks.get(key);
    // A clock that was set back must not keep an old answer alive.
    if (last && Math.abs(at - last.at) < this.ttlMs) return last.answer;
    const answer = look();
    this.looks.delete(key);
    this.looks.set(key, { at, answer });
    const [oldest] = this.looks.keys();
    if (this.looks.size > this.maxEntries && oldest !== undefined) this.looks.delete(oldest);
    answer.catch(() => {
      if (this.looks.get(key)?.answer === answer) this.looks.delete(key);
    });
    return answer;
  }

  delete(key: string): void {
    this.looks.delete(key);
  }
}
