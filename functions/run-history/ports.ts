import type { FactoryRef } from '../data-factory/resource';
import type { Json } from '../data-factory/json';
import type { ConnectorKey } from '../storage/connector-key';
import type { ActivityRun, RunKind, StoredRun } from './run';
import type { RunHistoryState, TimeWindow } from './run-history-state';

export interface RunPage {
  readonly runs: readonly Json[];
  /** Absent after the last page. */
  readonly continuation?: string;
}

/** Data Factory's run history as a connector may see it. Fails as FactoryReader does. */
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
    runId: string,
    window: TimeWindow,
    continuation?: string,
  ): Promise<RunPage>;
}

export interface RunFilter {
  readonly kind: RunKind;
  /** Name of a pipeline or trigger, without case. */
  readonly name?: string | undefined;
  readonly status?: string | undefined;
  /** Times of beginning: not before, and before. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/** Where a run lies. `factory` is a hash. */
export interface RunPartition extends ConnectorKey {
  readonly factory: string;
  readonly day: string;
}

export interface RunHistoryStore {
  put(connector: ConnectorKey, factory: FactoryRef, runs: readonly StoredRun[]): Promise<void>;
  putActivities(
    place: RunPartition,
    runId: string,
    activities: readonly ActivityRun[],
  ): Promise<void>;
  /** Of one day, newest first, those after a key. */
  list(
    place: RunPartition,
    filter: RunFilter,
    page: { readonly limit: number; readonly after?: string | undefined },
  ): Promise<readonly StoredRun[]>;
  get(place: RunPartition, key: string): Promise<StoredRun | undefined>;
  /** Nothing when they were never asked for. */
  activities(place: RunPartition, runId: string): Promise<readonly ActivityRun[] | undefined>;
  /** Drops the days of a factory before the one given. */
  deleteBefore(connector: ConnectorKey, factory: FactoryRef, day: string): Promise<void>;
  /** May be repeated. */
  deleteConnector(connector: ConnectorKey): Promise<void>;
}

export interface FactoryHistory {
  readonly hash: string;
  readonly factory: FactoryRef;
  /** Newest first. */
  readonly days: readonly string[];
}

export interface RunHistoryStateStore {
  load(connector: ConnectorKey, factory: FactoryRef): Promise<RunHistoryState>;
  save(connector: ConnectorKey, factory: FactoryRef, state: RunHistoryState): Promise<void>;
  /** Factories with run history. */
  listFactories(connector: ConnectorKey): Promise<readonly FactoryHistory[]>;
}
