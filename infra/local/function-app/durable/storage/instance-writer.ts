/**
 * Stores an instance in the background. While one write is running, further episodes run in memory
 * and are stored together by the next write. The effects of an episode follow after it is stored.
 */
import { retryUntilDone } from '../retry-until-done';
import type { Instance } from '../instance';
import type { InstanceTable } from './instance-table';
import type { ChangeTracker } from './change-tracker';

export type Effect = () => void;

export interface InstanceWriterOptions {
  readonly table: InstanceTable;
  readonly log: (line: string) => void;
  readonly stopping: AbortSignal;
}

export class InstanceWriter {
  #writing: Promise<void> = Promise.resolve();
  #next: Promise<void> | undefined;
  #isWriting = false;
  #effects: Effect[] = [];

  constructor(
    readonly instance: Instance,
    private readonly options: InstanceWriterOptions,
    private readonly tracker: ChangeTracker,
  ) {}

  /** Whether no write is running or waiting. */
  get isIdle(): boolean {
    return this.#next === undefined && !this.#isWriting;
  }

  /** Resolves when all changes made until now are stored. The effects run afterwards, in order. */
  save(...effects: readonly Effect[]): Promise<void> {
    this.#effects.push(...effects);
    this.#next ??= this.#writing.then(() => {
      this.#next = undefined;
      this.#writing = this.#write();
      return this.#writing;
    });
    return this.#next;
  }

  /** Retries until the write succeeds, because the instance in memory is ahead of storage. */
  async #write(): Promise<void> {
    const { instance, tracker, options } = this;
    const effects = this.#effects;
    this.#effects = [];
    const changes = tracker.changes(instance);
    if (changes) {
      this.#isWriting = true;
      const what = `Storing instance ${instance.id}`;
      await retryUntilDone({ what, ...options }, () => options.table.save(instance.id, changes));
      this.#isWriting = false;
    }
    for (const effect of effects) effect();
  }
}
