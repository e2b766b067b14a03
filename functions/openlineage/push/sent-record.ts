/**
 * What was sent of one factory, as the versions of a packed head: the digest of each unit, the stage of
 * each run that may still change, and the position in the run history.
 */
import type { LoadedPackedHead } from '../../catalog/packed-units';
import type { FactoryRef } from '../../data-factory/resource';
import type { ConnectorKey } from '../../storage/connector-key';
import type { SentStore } from '../ports';

export interface RunPosition {
  /** All runs that were known at this watermark of the run history are sent. */
  readonly watermark?: string;
  /** Watermark that the pass began at. Absent between passes. */
  readonly to?: string;
  /** Continuation of the list of runs. */
  readonly next?: string;
}

/** Ended, but its activity runs are still to be read: `queued`. */
export type RunStage = 'started' | 'queued' | 'ended' | 'complete';

const runsKey = 'runs';
const runPrefix = 'run|';

export class SentRecord {
  private hasChanged = false;

  private constructor(
    private readonly store: SentStore,
    private readonly connector: ConnectorKey,
    readonly factory: FactoryRef,
    private readonly generation: number,
    private head: LoadedPackedHead,
    private readonly versions: Map<string, string>,
  ) {}

  /** What was sent to an earlier receiver does not count. */
  static async load(
    store: SentStore,
    connector: ConnectorKey,
    factory: FactoryRef,
    generation: number,
  ): Promise<SentRecord> {
    const head = await store.loadHead(connector, factory);
    const versions = new Map(head.rules === generation ? head.versions : []);
    return new SentRecord(store, connector, factory, generation, head, versions);
  }

  unit(rowKey: string): string | undefined {
    return this.versions.get(rowKey);
  }

  setUnit(rowKey: string, digest: string): void {
    this.set(rowKey, digest);
  }

  /** Forgets units that do not exist any more. */
  keepUnits(exists: (rowKey: string) => boolean): void {
    for (const key of this.versions.keys())
      if (key !== runsKey && !key.startsWith(runPrefix) && !exists(key)) this.delete(key);
  }

  get runs(): RunPosition {
    return JSON.parse(this.versions.get(runsKey) ?? '{}') as RunPosition;
  }

  setRuns(position: RunPosition): void {
    this.set(runsKey, JSON.stringify(position));
  }

  stage(runKey: string): RunStage | undefined {
    return this.versions.get(runPrefix + runKey)?.split(' ')[0] as RunStage | undefined;
  }

  setStage(runKey: string, stage: RunStage, start: string): void {
    this.set(runPrefix + runKey, `${stage} ${start}`);
  }

  /** Keys of runs that were not finished, or whose activity runs were not read. */
  openRuns(): string[] {
    return [...this.versions].flatMap(([key, value]) =>
      key.startsWith(runPrefix) && /^(started|queued) /.test(value)
        ? [key.slice(runPrefix.length)]
        : [],
    );
  }

  forgetRun(runKey: string): void {
    this.delete(runPrefix + runKey);
  }

  /** Forgets runs that started before a time and will not change. */
  forgetEndedRuns(before: string): void {
    for (const [key, value] of this.versions) {
      const [stage, start = ''] = value.split(' ');
      const isEnded = stage === 'ended' || stage === 'complete';
      if (key.startsWith(runPrefix) && isEnded && start < before) this.delete(key);
    }
  }

  /** Throws SupersededError if another worker has saved the record. */
  async save(): Promise<void> {
    if (!this.hasChanged) return;
    const { store, connector, factory, versions, generation: rules } = this;
    await store.save(connector, factory, { versions, rules }, new Map(), this.head);
    this.head = await store.loadHead(connector, factory);
    this.hasChanged = false;
  }

  private set(key: string, value: string): void {
    this.hasChanged ||= this.versions.get(key) !== value;
    this.versions.set(key, value);
  }

  private delete(key: string): void {
    if (this.versions.delete(key)) this.hasChanged = true;
  }
}
