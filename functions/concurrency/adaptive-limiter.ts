/** At most so many at once as Azure bears: one more step after a run of good answers, half after a bad one. */
const steps = [1, 2, 4];
const goodAnswersToStepUp = 15;

export class AdaptiveLimiter {
  private step = 0;
  private good = 0;
  private running = 0;
  private readonly waiting: (() => void)[] = [];

  get concurrency(): number {
    return steps[this.step]!;
  }

  get isIdle(): boolean {
    return this.running === 0 && this.waiting.length === 0;
  }

  /** `work` is given a way to say that Azure is in trouble; whatever it throws says so, too. */
  async run<T>(work: (trouble: () => void) => Promise<T>): Promise<T> {
    while (this.running >= this.concurrency)
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    this.running++;
    let troubled = false;
    const trouble = () => {
      troubled = true;
      this.good = 0;
      this.step = Math.max(0, this.step - 1);
    };
    try {
      const result = await work(trouble);
      if (!troubled) this.succeeded();
      return result;
    } catch (error) {
      if (!troubled) trouble();
      throw error;
    } finally {
      this.running--;
      for (let free = this.concurrency - this.running; free > 0; free--) this.waiting.shift()?.();
    }
  }

  private succeeded(): void {
    if (++this.good < goodAnswersToStepUp) return;
    this.good = 0;
    this.step = Math.min(steps.length - 1, this.step + 1);
  }
}
