/**
 * The only writer of the run history of one factory. Durable may run a step twice, minutes apart and
 * over two sync runs: the last step that claims the history wins, and all writes of earlier ones fail.
 *
 * A claim replaces the version of the state that the step has loaded, so it fails if another step has
 * claimed or saved the state since. Before its first write to a day, the step is admitted there in
 * place of earlier writers, and then checks that no other claim came between. A day that the winner
 * does not write stays open to an earlier writer, whose rows then are as new as the winner's reading.
 */
import type { FactoryRef } from '../data-factory/resource';
import { factoryHash } from '../data-factory/resource-id';
import type { ConnectorKey } from '../storage/connector-key';
import type { LoadedRunHistory, RunHistoryStateStore, RunHistoryStore, Writer } from './ports';
import { dayOf, type ActivityRun, type StoredRun } from './run';
import type { RunHistoryState } from './run-history-state';
import { superseded } from './superseded';

export interface HistoryTarget extends ConnectorKey {
  readonly factory: FactoryRef;
}

type WriterStore = Pick<
  RunHistoryStore,
  'admitWriter' | 'dismissWriter' | 'put' | 'putActivities' | 'deleteBefore'
>;

/** All methods throw SupersededError if another step has claimed the run history. */
export class RunHistoryWriter {
  private claiming: Promise<Writer> | undefined;
  private readonly admissions = new Map<string, Promise<Writer>>();

  constructor(
    private readonly target: HistoryTarget,
    private readonly loaded: LoadedRunHistory,
    private readonly states: Pick<RunHistoryStateStore, 'claim' | 'isCurrent' | 'save'>,
    private readonly store: WriterStore,
    private readonly now: () => Date,
  ) {}

  async put(runs: readonly StoredRun[]): Promise<void> {
    if (runs.length === 0) return;
    const days = new Set(runs.map(({ start }) => dayOf(start)));
    await Promise.all([...days].map((day) => this.admittedTo(day)));
    await this.store.put(this.target, this.target.factory, runs, await this.claim());
  }

  async putActivities(
    day: string,
    pipelineRunId: string,
    activities: readonly ActivityRun[],
  ): Promise<void> {
    const writer = await this.admittedTo(day);
    await this.store.putActivities(this.partition(day), pipelineRunId, activities, writer);
  }

  /** Deletes the runs that started before a day. Earlier writers can add none any more. */
  async deleteBefore(day: string): Promise<void> {
    await this.claim();
    await this.store.deleteBefore(this.target, this.target.factory, day);
  }

  /** Must follow all rows that the state describes. */
  async saveState(state: RunHistoryState): Promise<void> {
    // A state that is saved without any row needs no claim: its version alone decides.
    const { version, writer } = this.loaded;
    const isUnclaimed = this.claiming === undefined && version !== undefined;
    const current = isUnclaimed ? { version, writer } : await this.claim();
    await this.states.save(this.target, this.target.factory, state, current);
  }

  private claim(): Promise<Writer> {
    return (this.claiming ??= this.states.claim(this.target, this.target.factory, this.loaded, {
      // Numbers grow also if the row of the state was deleted, or if the clock was set back.
      writer: Math.max(this.loaded.writer + 1, this.now().getTime()),
    }));
  }

  private admittedTo(day: string): Promise<Writer> {
    const known = this.admissions.get(day) ?? this.admit(day);
    this.admissions.set(day, known);
    return known;
  }

  private async admit(day: string): Promise<Writer> {
    const claimed = await this.claim();
    const partition = this.partition(day);
    await this.store.admitWriter(partition, claimed);
    // A writer that claimed after this one could not remove the admission before it existed.
    if (await this.states.isCurrent(this.target, this.target.factory, claimed)) return claimed;
    await this.store.dismissWriter(partition, claimed);
    throw superseded();
  }

  private partition(day: string) {
    const { tenantId, connectorId, factory } = this.target;
    return { tenantId, connectorId, factory: factoryHash(factory), day };
  }
}
