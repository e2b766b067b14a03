import type { LoggedChange } from '../catalog/change-log';
import type { Stretch } from '../concurrency/stretch';
import type { FactoryRef } from '../data-factory/resource';
import type { Json } from '../data-factory/json';
import type { ConnectorKey } from '../storage/connector-key';
import type { SyncRunKey } from '../storage/sync-run-key';
import type { ActivityRun, RunKind, StoredRun } from './run';
import type { RunHistoryState, TimeWindow } from './run-history-state';

export interface RunPage {
  readonly runs: readonly Json[];
  /** Absent after the last page. */
  readonly continuation?: string;
}

/** Run history of Data Factory as the connector may read it. Throws as FactoryReader does. */
export interface RunReader {
  readRuns(
    connector: ConnectorKey,
    factory: FactoryRef,
    kind: RunKind,
    window: TimeWindow,
    continuation?: string,
  ): Promise<RunPage>;
  readActivityRuns(
    connector: ConnectorKey,
    factory: FactoryRef,
    pipelineRunId: string,
    window: TimeWindow,
    continuation?: string,
  ): Promise<RunPage>;
}

export interface RunFilter {
  readonly kind: RunKind;
  /** Name of a pipeline or trigger, without case. */
  readonly name?: string | undefined;
  readonly status?: string | undefined;
  /** Start times: at or after `from`, before `to`. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/** The runs of a factory that started on one day. `factory` is a hash. */
export interface RunPartition extends ConnectorKey {
  readonly factory: string;
  readonly day: string;
}

/** A claim to write the run history of a factory. */
export interface Writer {
  /** Version of the state that the claim has stored. */
  readonly version: string;
  /** Grows from claim to claim. */
  readonly writer: number;
}

/** The runs of one day, of all factories or of one. `factory` is a hash. */
export interface DayPartition extends ConnectorKey {
  readonly day: string;
  readonly factory?: string | undefined;
}

/** `factory` is a hash. */
export interface ListedRun {
  readonly factory: string;
  readonly run: StoredRun;
}

export interface RunHistoryStore {
  /** Lets the writer store runs of a day, and earlier writers no more. */
  admitWriter(partition: RunPartition, writer: Writer): Promise<void>;
  /** Takes back an admission. */
  dismissWriter(partition: RunPartition, writer: Writer): Promise<void>;
  /** Throws SupersededError if the writer is not admitted to the days of the runs any more. */
  put(
    connector: ConnectorKey,
    factory: FactoryRef,
    runs: readonly StoredRun[],
    writer: Writer,
  ): Promise<void>;
  /** Throws as `put` does. */
  putActivities(
    partition: RunPartition,
    pipelineRunId: string,
    activities: readonly ActivityRun[],
    writer: Writer,
  ): Promise<void>;
  /** Runs of the day after a position, newest first. */
  list(
    partition: DayPartition,
    filter: RunFilter,
    page: { readonly limit: number; readonly after?: string | undefined },
  ): Promise<readonly ListedRun[]>;
  get(partition: RunPartition, key: string): Promise<StoredRun | undefined>;
  /** Undefined if the activities of the run were not read. */
  getActivities(
    partition: RunPartition,
    pipelineRunId: string,
  ): Promise<readonly ActivityRun[] | undefined>;
  /** Deletes the runs of a factory that started before a day, and the admissions of writers. */
  deleteBefore(connector: ConnectorKey, factory: FactoryRef, day: string): Promise<void>;
  /** May be repeated. */
  deleteConnector(connector: ConnectorKey, stretch?: Stretch): Promise<void>;
}

export interface FactoryHistory {
  readonly hash: string;
  readonly factory: FactoryRef;
  /** Newest first. */
  readonly days: readonly string[];
}

export interface LoadedRunHistory {
  readonly state: RunHistoryState;
  /** Absent if the factory has no state. */
  readonly version?: string;
  /** The last writer that claimed the run history. 0 if there was none. */
  readonly writer: number;
}

export interface RunHistoryStateStore {
  /** For a sync run, which loads the state of each factory: it may be a minute old. */
  loadForSync(run: SyncRunKey, factory: FactoryRef): Promise<LoadedRunHistory>;
  load(connector: ConnectorKey, factory: FactoryRef): Promise<LoadedRunHistory>;
  /** Throws SupersededError if the state was claimed, saved or deleted since it was loaded. */
  claim(
    connector: ConnectorKey,
    factory: FactoryRef,
    loaded: LoadedRunHistory,
    claim: Pick<Writer, 'writer'>,
  ): Promise<Writer>;
  /** Whether no other claim or state was stored since. */
  isCurrent(connector: ConnectorKey, factory: FactoryRef, writer: Writer): Promise<boolean>;
  /** Throws SupersededError as `claim` does. */
  save(
    connector: ConnectorKey,
    factory: FactoryRef,
    state: RunHistoryState,
    writer: Writer,
  ): Promise<void>;
  /** May be repeated. */
  delete(connector: ConnectorKey, factory: FactoryRef): Promise<void>;
  /** The factories that have run history. */
  listFactories(connector: ConnectorKey): Promise<readonly FactoryHistory[]>;
}

/** A change of a pipeline or activity, with the sync run that saw it. */
export interface TimedChange extends Omit<LoggedChange, 'kind'> {
  readonly kind: 'pipeline' | 'activity';
  readonly syncRunId: string;
  /** Start of the sync run. The change in Data Factory is older. */
  readonly seenAt: string;
}

export interface ChangeWindow {
  readonly from: string;
  readonly to: string;
  readonly limit: number;
}

/** Implemented by the sync module. */
export interface PipelineChangeReader {
  /**
   * Changes of the pipelines and their activities, newest first: those that sync runs saw between
   * two times, and those of the first sync run afterwards, which saw what changed before it.
   */
  read(
    connector: ConnectorKey,
    factory: FactoryRef,
    pipelines: readonly string[],
    window: ChangeWindow,
  ): Promise<readonly TimedChange[]>;
}
