/** Keeps SyncRunStore's promises in memory; test/contracts holds it to them. */
import type { ConnectorKey } from '../../functions/catalog/resource';
import { ConflictError, StaleError } from '../../functions/errors';
import type { Stored } from '../../functions/stored';
import type { Lock, SyncRunStore } from '../../functions/sync/ports';
import { addMeters, isOver, type Meter, type SyncRun } from '../../functions/sync/sync-run';

interface Kept {
  readonly run: Stored<SyncRun>;
  readonly meters: ReadonlyMap<string, Meter>;
}

export function fakeSyncRunStore(): SyncRunStore {
  const runs = new Map<string, Kept>();
  const locks = new Map<string, Stored<Lock>>();
  let version = 0;
  const nextEtag = () => `W/"${++version}"`;
  const nameOf = ({ tenantId, connectorId }: ConnectorKey) => `${tenantId}|${connectorId}`;
  const keyOf = (connector: ConnectorKey, id: string) => `${nameOf(connector)}|${id}`;
  const put = (run: SyncRun, meters: ReadonlyMap<string, Meter> = new Map()) =>
    runs.set(keyOf(run, run.id), { run: { ...run, etag: nextEtag() }, meters });
  const shown = ({ run, meters }: Kept) => ({ ...run, meter: addMeters([...meters.values()]) });
  const lockFor = (run: SyncRun) =>
    locks.set(nameOf(run), { runId: run.id, takenAt: run.createdAt, etag: nextEtag() });
  const ofTenant = (tenantId: string) =>
    [...runs.values()]
      .map(shown)
      .map(({ etag: _etag, ...run }) => run)
      .filter((run) => run.tenantId === tenantId);
  const replace = async (run: Stored<SyncRun>) => {
    const kept = runs.get(keyOf(run, run.id));
    if (kept?.run.etag !== run.etag) throw new StaleError('sync_changed', 'changed');
    put(run, kept.meters);
  };
  return {
    async begin(run) {
      if (locks.has(nameOf(run))) throw new ConflictError('sync_locked', 'locked');
      lockFor(run);
      put(run);
    },
    async takeOver(run, from) {
      if (locks.get(nameOf(run))?.etag !== from.etag)
        throw new ConflictError('sync_lock_changed', 'changed');
      lockFor(run);
      put(run);
    },
    lock: async (connector) => locks.get(nameOf(connector)),
    locks: async (tenantId) =>
      [...locks].flatMap(([key, lock]) => {
        const [tenant, connectorId] = key.split('|');
        return tenant === tenantId ? [{ ...lock, connectorId: connectorId! }] : [];
      }),
    async release(connector, { etag }) {
      if (locks.get(nameOf(connector))?.etag === etag) locks.delete(nameOf(connector));
    },
    unsettled: async (tenantId, since) =>
      ofTenant(tenantId).filter(
        (run) => !isOver(run) || Date.parse(run.finishedAt ?? '') >= since.getTime(),
      ),
    async listTenant(tenantId, status, { limit, continuation = '0' }) {
      const all = ofTenant(tenantId).filter((run) => status === undefined || run.status === status);
      const end = Number(continuation) + limit;
      return {
        items: all.slice(Number(continuation), end),
        ...(end < all.length && { continuation: String(end) }),
      };
    },
    find: async (tenantId, runId) => ofTenant(tenantId).find(({ id }) => id === runId),
    async get(connector, runId) {
      const kept = runs.get(keyOf(connector, runId));
      return kept && shown(kept);
    },
    async list(connector, { limit, continuation = '' }) {
      const all = [...runs.values()]
        .filter(({ run }) => nameOf(run) === nameOf(connector))
        .map((kept) => {
          const { etag: _, ...run } = shown(kept);
          return run;
        })
        .sort((a, b) => (a.id > b.id ? -1 : 1));
      const from = continuation === '' ? 0 : Number(continuation);
      const more = from + limit < all.length;
      return {
        items: all.slice(from, from + limit),
        ...(more && { continuation: String(from + limit) }),
      };
    },
    replace,
    async finish(run) {
      await replace(run);
      if (locks.get(nameOf(run))?.runId === run.id) locks.delete(nameOf(run));
    },
    async meter(connector, runId, worker, meter) {
      const kept = runs.get(keyOf(connector, runId));
      if (kept) put(kept.run, new Map(kept.meters).set(worker, meter));
    },
    async deleteConnector(connector) {
      for (const [key, { run }] of runs) if (nameOf(run) === nameOf(connector)) runs.delete(key);
      locks.delete(nameOf(connector));
    },
  };
}
