/** Keeps SyncRunStore's promises in memory; test/contracts holds it to them. */
import type { ConnectorKey } from '../../functions/storage/connector-key';
import { ConflictError, StaleError } from '../../functions/errors/app-error';
import type { Stored } from '../../functions/storage/stored';
import type { SyncLock, SyncRunStore } from '../../functions/sync/ports';
import { isTerminal, summaryOf, type SyncRun } from '../../functions/sync/sync-run';
import type {
  FactoryEndEntry,
  WorkerProgress,
} from '../../functions/sync/progress/progress-report';
import { firstUlid } from '../../functions/storage/ulid';
import type { SyncRunKey } from '../../functions/sync/step-messages';
import { factoryHash } from '../../functions/data-factory/resource-id';

export function fakeSyncRunStore(): SyncRunStore {
  const runs = new Map<string, Stored<SyncRun>>();
  const words = new Map<string, ReadonlyMap<string, WorkerProgress>>();
  const ends = new Map<string, ReadonlyMap<string, FactoryEndEntry>>();
  const locks = new Map<string, Stored<SyncLock>>();
  let version = 0;
  const nextEtag = () => `W/"${++version}"`;
  const nameOf = ({ tenantId, connectorId }: ConnectorKey) => `${tenantId}|${connectorId}`;
  const keyOf = (connector: ConnectorKey, id: string) => `${nameOf(connector)}|${id}`;
  const toldOf = (run: SyncRunKey) => keyOf(run, run.syncRunId);
  const put = (run: SyncRun) => runs.set(keyOf(run, run.id), { ...run, etag: nextEtag() });
  const lockFor = (run: SyncRun) =>
    locks.set(nameOf(run), { syncRunId: run.id, acquiredAt: run.createdAt, etag: nextEtag() });
  const ofTenant = (tenantId: string) =>
    [...runs.values()]
      .map(({ etag: _etag, ...run }) => run)
      .filter((run) => run.tenantId === tenantId);
  const replace = async (run: Stored<SyncRun>) => {
    if (runs.get(keyOf(run, run.id))?.etag !== run.etag)
      throw new StaleError('sync_changed', 'changed');
    put(run);
  };
  return {
    async begin(run) {
      if (locks.has(nameOf(run))) throw new ConflictError('sync_locked', 'locked');
      lockFor(run);
      put(run);
    },
    async takeOverLock(run, from) {
      if (locks.get(nameOf(run))?.etag !== from.etag)
        throw new ConflictError('sync_lock_changed', 'changed');
      lockFor(run);
      put(run);
    },
    getLock: async (connector) => locks.get(nameOf(connector)),
    listLocks: async (tenantId) =>
      [...locks].flatMap(([key, lock]) => {
        const [tenant, connectorId] = key.split('|');
        return tenant === tenantId ? [{ ...lock, connectorId: connectorId! }] : [];
      }),
    async releaseLock(connector, { etag }) {
      if (locks.get(nameOf(connector))?.etag === etag) locks.delete(nameOf(connector));
    },
    listActive: async (tenantId, since) =>
      ofTenant(tenantId).filter(
        (run) => !isTerminal(run) || Date.parse(run.finishedAt ?? '') >= since.getTime(),
      ),
    async listTenant(tenantId, status, { limit, continuation = '0' }) {
      const all = ofTenant(tenantId).filter((run) => status === undefined || run.status === status);
      const end = Number(continuation) + limit;
      return {
        items: all.slice(Number(continuation), end).map(summaryOf),
        ...(end < all.length && { continuation: String(end) }),
      };
    },
    find: async (tenantId, runId) => ofTenant(tenantId).find(({ id }) => id === runId),
    get: async (connector, runId) => runs.get(keyOf(connector, runId)),
    async list(connector, { limit, continuation = '' }) {
      const all = [...runs.values()]
        .filter((run) => nameOf(run) === nameOf(connector))
        .map(({ etag: _etag, ...run }) => summaryOf(run))
        .sort((a, b) => (a.id > b.id ? -1 : 1));
      const from = continuation === '' ? 0 : Number(continuation);
      const more = from + limit < all.length;
      return {
        items: all.slice(from, from + limit),
        ...(more && { continuation: String(from + limit) }),
      };
    },
    async listBefore(connector, time, { limit, continuation = '' }) {
      const old = [...runs.values()]
        .filter((run) => nameOf(run) === nameOf(connector) && run.id < firstUlid(time))
        .filter(({ id }) => continuation === '' || id < continuation)
        .sort((a, b) => (a.id > b.id ? -1 : 1));
      const items = old.slice(0, limit).map(({ etag: _etag, ...run }) => summaryOf(run));
      return { items, ...(old.length > limit && { continuation: items.at(-1)!.id }) };
    },
    replace,
    async delete(run) {
      if (runs.get(keyOf(run, run.id))?.etag !== run.etag)
        throw new StaleError('sync_changed', 'changed');
      runs.delete(keyOf(run, run.id));
    },
    async finish(run) {
      const lock = await this.getLock(run);
      await replace(run);
      if (lock?.syncRunId === run.id) await this.releaseLock(run, lock);
      for (const told of [words, ends]) told.delete(keyOf(run, run.id));
    },
    async reportProgress(run, worker, word, isFirst) {
      const told = words.get(toldOf(run));
      if (!isFirst && !told?.has(worker)) throw new Error('forgotten');
      words.set(toldOf(run), new Map(told).set(worker, word));
    },
    async reportFactoryEnd(run, ended) {
      const hash = factoryHash(ended.outcome.factory);
      ends.set(toldOf(run), new Map(ends.get(toldOf(run))).set(hash, ended));
    },
    getProgress: async (run) => ({
      workers: [...(words.get(toldOf(run))?.values() ?? [])],
      ended: [...(ends.get(toldOf(run))?.values() ?? [])],
    }),
    async deleteConnector(connector) {
      for (const kept of [runs, words, ends])
        for (const key of kept.keys())
          if (key.startsWith(`${nameOf(connector)}|`)) kept.delete(key);
      locks.delete(nameOf(connector));
    },
  };
}
