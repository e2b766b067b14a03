import { factoryHash } from '../../functions/data-factory/resource-id';
import type { FactoryRef } from '../../functions/data-factory/resource';
import type { ConnectorKey } from '../../functions/storage/connector-key';
import type {
  RunPartition,
  RunHistoryStateStore,
  RunHistoryStore,
  Writer,
} from '../../functions/run-history/ports';
import {
  dayOf,
  positionOf,
  runKey,
  type ActivityRun,
  type StoredRun,
} from '../../functions/run-history/run';
import { emptyState, type RunHistoryState } from '../../functions/run-history/run-history-state';
import { RunHistoryWriter } from '../../functions/run-history/run-history-writer';
import { superseded } from '../../functions/run-history/superseded';

/** Stores runs and a state as a step does. */
export async function storeRunHistory(
  stores: {
    readonly runHistoryStore: RunHistoryStore;
    readonly runHistoryStateStore: RunHistoryStateStore;
  },
  connector: ConnectorKey,
  factory: FactoryRef,
  { runs = [], ...state }: Partial<RunHistoryState> & { readonly runs?: readonly StoredRun[] },
): Promise<void> {
  const { runHistoryStore, runHistoryStateStore: states } = stores;
  const loaded = await states.load(connector, factory);
  const target = { ...connector, factory };
  const writer = new RunHistoryWriter(target, loaded, states, runHistoryStore, () => new Date(0));
  await writer.put(runs);
  await writer.saveState({ ...loaded.state, ...state });
}

/** In-memory RunHistoryStore. */
export function fakeRunHistoryStore(): RunHistoryStore {
  const rows: { readonly partition: RunPartition; readonly run: StoredRun }[] = [];
  const activities = new Map<string, readonly ActivityRun[]>();
  const writers: { readonly partition: RunPartition; readonly writer: number }[] = [];
  const isSameConnector = (one: ConnectorKey, other: ConnectorKey) =>
    one.tenantId === other.tenantId && one.connectorId === other.connectorId;
  const at = (partition: RunPartition) =>
    rows.filter((row) => isSamePartition(row.partition, partition));
  const nameOf = (run: StoredRun) => (run.kind === 'pipeline' ? run.pipeline : run.trigger);
  const deleteWhere = (matches: (partition: RunPartition) => boolean) => {
    for (const stored of [rows, writers])
      for (let n = stored.length - 1; n >= 0; n--)
        if (matches(stored[n]!.partition)) stored.splice(n, 1);
  };
  const isSamePartition = (one: RunPartition, other: RunPartition) =>
    isSameConnector(one, other) && one.factory === other.factory && one.day === other.day;
  const removeWriters = (partition: RunPartition, matches: (writer: number) => boolean) => {
    for (let n = writers.length - 1; n >= 0; n--)
      if (isSamePartition(writers[n]!.partition, partition) && matches(writers[n]!.writer))
        writers.splice(n, 1);
  };
  const checkAdmission = (partition: RunPartition, { writer }: Writer) => {
    const isOwn = (each: (typeof writers)[number]) =>
      isSamePartition(each.partition, partition) && each.writer === writer;
    if (!writers.some(isOwn)) throw superseded();
  };

  return {
    async admitWriter(partition, { writer }) {
      removeWriters(partition, (each) => each < writer);
      writers.push({ partition, writer });
    },
    dismissWriter: async (partition, { writer }) =>
      removeWriters(partition, (each) => each === writer),
    async put(connector, factory, runs, writer) {
      for (const run of runs) {
        const partition = { ...connector, factory: factoryHash(factory), day: dayOf(run.start) };
        checkAdmission(partition, writer);
        const known = at(partition).find((row) => runKey(row.run) === runKey(run));
        if (known) rows.splice(rows.indexOf(known), 1);
        rows.push({ partition, run });
      }
    },
    async putActivities(partition, pipelineRunId, runs, writer) {
      checkAdmission(partition, writer);
      activities.set(pipelineRunId, runs);
    },
    list: async ({ day, factory, ...key }, { kind, name, status, from, to }, page) =>
      rows
        .filter(({ partition }) => isSameConnector(partition, key) && partition.day === day)
        .map(({ partition, run }) => ({ factory: partition.factory, run }))
        .filter((each) => factory === undefined || each.factory === factory)
        .filter((each) => each.run.kind === kind && positionOf(each) > (page.after ?? ''))
        .filter(({ run }) => !name || nameOf(run).toLowerCase() === name.toLowerCase())
        .filter(({ run }) => !status || run.status === status)
        .filter(({ run }) => (!from || run.start >= from) && (!to || run.start < to))
        .sort((one, other) => (positionOf(one) < positionOf(other) ? -1 : 1))
        .slice(0, page.limit),
    get: async (partition, key) => at(partition).find(({ run }) => runKey(run) === key)?.run,
    getActivities: async (_partition, pipelineRunId) => activities.get(pipelineRunId),
    deleteBefore: async (connector, factory, day) =>
      deleteWhere(
        (partition) =>
          isSameConnector(partition, connector) &&
          partition.factory === factoryHash(factory) &&
          partition.day < day,
      ),
    deleteConnector: async (connector) =>
      deleteWhere((partition) => isSameConnector(partition, connector)),
  };
}

interface StoredState {
  readonly factory: FactoryRef;
  readonly state: RunHistoryState;
  readonly version: string;
  readonly writer: number;
}

/** In-memory RunHistoryStateStore. */
export function fakeRunHistoryStates(): RunHistoryStateStore {
  const states = new Map<string, StoredState>();
  let versions = 0;
  const keyOf = ({ tenantId, connectorId }: ConnectorKey, factory: FactoryRef) =>
    `${tenantId}/${connectorId}/${factoryHash(factory)}`;
  const prefix = ({ tenantId, connectorId }: ConnectorKey) => `${tenantId}/${connectorId}/`;
  const replace = (
    key: string,
    version: string | undefined,
    stored: Omit<StoredState, 'version'>,
  ) => {
    if (states.get(key)?.version !== version) throw superseded();
    states.set(key, { ...stored, version: `v${++versions}` });
  };
  const load: RunHistoryStateStore['load'] = async (connector, factory) =>
    states.get(keyOf(connector, factory)) ?? { state: emptyState, writer: 0 };
  return {
    load,
    loadForSync: load,
    async claim(connector, factory, { state, version }, { writer }) {
      const key = keyOf(connector, factory);
      replace(key, version, { factory, state, writer });
      return { writer, version: states.get(key)!.version };
    },
    isCurrent: async (connector, factory, { version }) =>
      states.get(keyOf(connector, factory))?.version === version,
    save: async (connector, factory, state, { version, writer }) =>
      replace(keyOf(connector, factory), version, { factory, state, writer }),
    delete: async (connector, factory) => void states.delete(keyOf(connector, factory)),
    listFactories: async (connector) =>
      [...states]
        .filter(([key]) => key.startsWith(prefix(connector)))
        .map(
          ([
            ,
            {
              factory,
              state: { days },
            },
          ]) => ({ hash: factoryHash(factory), factory, days }),
        ),
  };
}
