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

/** Keeps RunHistoryStore's promises in memory. */
export function fakeRunHistoryStore(): RunHistoryStore {
  const rows: { readonly place: RunPartition; readonly run: StoredRun }[] = [];
  const activities = new Map<string, readonly ActivityRun[]>();
  const mine = (one: ConnectorKey, other: ConnectorKey) =>
    one.tenantId === other.tenantId && one.connectorId === other.connectorId;
  const at = (place: RunPartition) =>
    rows.filter(
      (row) =>
        mine(row.place, place) &&
        row.place.factory === place.factory &&
        row.place.day === place.day,
    );
  const nameOf = (run: StoredRun) => (run.kind === 'pipeline' ? run.pipeline : run.trigger);
  const drop = (gone: (place: RunPartition) => boolean) => {
    for (let n = rows.length - 1; n >= 0; n--) if (gone(rows[n]!.place)) rows.splice(n, 1);
  };

  return {
    async put(connector, factory, runs) {
      for (const run of runs) {
        const place = { ...connector, factory: factoryHash(factory), day: dayOf(run.start) };
        const known = at(place).find((row) => runKey(row.run) === runKey(run));
        if (known) rows.splice(rows.indexOf(known), 1);
        rows.push({ place, run });
      }
    },
    putActivities: async (_place, runId, runs) => void activities.set(runId, runs),
    list: async (place, { kind, name, status, from, to }, { limit, after = '' }) =>
      at(place)
        .map(({ run }) => run)
        .filter((run) => run.kind === kind && runKey(run) > after)
        .filter((run) => !name || nameOf(run).toLowerCase() === name.toLowerCase())
        .filter((run) => !status || run.status === status)
        .filter((run) => (!from || run.start >= from) && (!to || run.start < to))
        .sort((one, other) => (runKey(one) < runKey(other) ? -1 : 1))
        .slice(0, limit),
    get: async (place, key) => at(place).find(({ run }) => runKey(run) === key)?.run,
    activities: async (_place, runId) => activities.get(runId),
    deleteBefore: async (connector, factory, day) =>
      drop(
        (place) =>
          mine(place, connector) && place.factory === factoryHash(factory) && place.day < day,
      ),
    deleteConnector: async (connector) => drop((place) => mine(place, connector)),
  };
}

/** Keeps RunHistoryStateStore's promises in memory. */
export function fakeRunHistoryStates(): RunHistoryStateStore {
  const states = new Map<string, { factory: FactoryRef; state: RunHistoryState }>();
  const prefix = ({ tenantId, connectorId }: ConnectorKey) => `${tenantId}/${connectorId}/`;
  return {
    load: async (connector, factory) =>
      states.get(prefix(connector) + factoryHash(factory))?.state ?? emptyState,
    save: async (connector, factory, state) =>
      void states.set(prefix(connector) + factoryHash(factory), { factory, state }),
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
