/**
 * What one worker has done for one run, told about once a second: not at all in the first second, since small syncs
 * are over by then, unless Azure makes us wait, which people should know at once.
 */
import type { FactoryRef } from '../../data-factory/resource';
import { FactoryCounter } from './factory-counter';
import { addCounts, factoryKey, noCounts, rateWindowInMs } from './progress-report';
import type { Sample, WorkerProgress } from './progress-report';

const intervalInMs = 1_000;
/** A few more than are synced at once; those before them have said how they ended. */
const mostFactories = 16;

/** Runs `act` after so many milliseconds, unless the process ends before. */
export type Later = (inMs: number, act: () => void) => void;

export class ProgressReporter {
  private readonly factories = new Map<string, FactoryCounter>();
  /** Of factories that are not followed any more. */
  private readonly before = { ...noCounts };
  private samples: readonly Sample[];
  private toldAt: number;
  private isKnown = false;
  private isTelling = false;
  private isDue = false;
  /** A step waits for what is being told, so that nothing new is told of a run that is over. */
  telling: Promise<void> = Promise.resolve();

  constructor(
    private readonly say: (word: WorkerProgress, isFirst: boolean) => Promise<void>,
    private readonly now: () => Date,
    private readonly later: Later,
  ) {
    this.toldAt = now().getTime();
    this.samples = [[this.toldAt, 0, 0, 0]];
  }

  factory(ref: FactoryRef): FactoryCounter {
    const key = factoryKey(ref);
    const meter = this.factories.get(key) ?? new FactoryCounter(ref);
    this.factories.delete(key);
    this.factories.set(key, meter);
    const [oldest] = this.factories;
    if (oldest && this.factories.size > mostFactories) {
      addCounts(this.before, oldest[1].counts);
      this.factories.delete(oldest[0]);
    }
    return meter;
  }

  tell(forEachConcurrently = false): void {
    // A clock that was set back must not keep people waiting.
    const since = Math.abs(this.now().getTime() - this.toldAt);
    const may = since >= intervalInMs || (forEachConcurrently && !this.isKnown);
    if (may && !this.isTelling) this.telling = this.write();
    else if (this.isKnown || this.isTelling) this.tellLater(Math.max(0, intervalInMs - since));
  }

  /** What came after the last word would stay untold otherwise, and what waits seem to be at work. */
  private tellLater(inMs: number): void {
    if (this.isDue) return;
    this.isDue = true;
    this.later(inMs, () => {
      this.isDue = false;
      this.tell();
    });
  }

  private async write(): Promise<void> {
    const at = this.now();
    this.isTelling = true;
    this.toldAt = at.getTime();
    const factories = [...this.factories.values()].map((meter) => meter.word());
    this.sample(this.toldAt);
    const word = { at: at.toISOString(), factories, samples: this.samples };
    try {
      await this.say(word, !this.isKnown);
      this.isKnown = true;
    } catch {
      // Progress is a courtesy: a sync must not fail because it could not be told. The next word says it all again.
    } finally {
      this.isTelling = false;
    }
  }

  private sample(at: number): void {
    const sum = { ...this.before };
    for (const { counts } of this.factories.values()) addCounts(sum, counts);
    const since = at - rateWindowInMs;
    const first = this.samples.findLastIndex(([time]) => time <= since);
    const kept = this.samples.slice(Math.max(0, first));
    this.samples = [...kept, [at, sum.read, sum.pipelineRuns + sum.triggerRuns, sum.detailed]];
  }
}
