import { factoryHash } from '../../functions/data-factory/resource-id';
import type { FactoryRef } from '../../functions/data-factory/resource';
import type { ConnectorKey } from '../../functions/storage/connector-key';
import type {
  RunPartition,
  RunHistoryStateStore,
  RunHistoryStore,
} from '../../functions/run-history/ports';
import { dayOf, runKey, type ActivityRun, type StoredRun } from '../../functions/run-history/run';
import { emptyState, type RunHistoryState } from '../../functions/run-history/run-history-state';

/** In-memory RunHistoryStore. */
export function fakeRunHistoryStore(): RunHistoryStore {
  const rows: { readonly partition: RunPartition; readonly run: StoredRun }[] = [];
  const activities = new Map<string, readonly ActivityRun[]>();
  const isSameConnector = (one: ConnectorKey, other: ConnectorKey) =>
    one.tenantId === other.tenantId && one.connectorId === other.connectorId;
  const at = (partition: RunPartition) =>
    rows.filter(
      (row) =>
        isSameConnector(row.partition, partition) &&
        row.partition.factory === partition.factory &&
        row.partition.day === partition.day,
    );
  const nameOf = (run: StoredRun) => (run.kind === 'pipeline' ? run.pipeline : run.trigger);
  const deleteWhere = (matches: (partition: RunPartition) => boolean) => {
    for (let n = rows.length - 1; n >= 0; n--) if (matches(rows[n]!.partition)) rows.splice(n, 1);
  };

  return {
    async put(connector, factory, runs) {
      for (const run of runs) {
        const partition = { ...connector, factory: factoryHash(factory), day: dayOf(run.start) };
        const known = at(partition).find((row) => runKey(row.run) === runKey(run));
        if (known) rows.splice(rows.indexOf(known), 1);
        rows.push({ partition, run });
      }
    },
    putActivities: async (_partition, pipelineRunId, runs) =>
      void activities.set(pipelineRunId, runs),
    list: async (partition, { kind, name, status, from, to }, { limit, after = '' }) =>
      at(partition)
        .map(({ run }) => run)
        .filter((run) => run.kind === kind && runKey(run) > after)
        .filter((run) => !name || nameOf(run).toLowerCase() === name.toLowerCase())
        .filter((run) => !status || run.status === status)
        .filter((run) => (!from || run.start >= from) && (!to || run.start < to))
        .sort((one, other) => (runKey(one) < runKey(other) ? -1 : 1))
        .slice(0, limit),
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

/** In-memory RunHistoryStateStore. */
export function fakeRunHistoryStates(): RunHistoryStateStore {
  const states = new Map<string, { factory: FactoryRef; state: RunHistoryState }>();
  const prefix = ({ tenantId, connectorId }: ConnectorKey) => `${tenantId}/${connectorId}/`;
  return {
    load: async (connector, factory) =>
      states.get(prefix(connector) + factoryHash(factory))?.state ?? emptyState,
    save: async (connector, factory, state) =>
      void states.set(prefix(connector) + factoryHash(factory), { factory, state }),
    delete: async (connector, factory) =>
      void states.delete(prefix(connector) + factoryHash(factory)),
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
