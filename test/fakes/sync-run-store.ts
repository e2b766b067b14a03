/** In-memory SyncRunStore. The contract tests compare it with the adapter. */
import type { ConnectorKey } from '../../functions/storage/connector-key';
import { ConflictError, StaleError } from '../../functions/errors/app-error';
import type { Stored } from '../../functions/storage/stored';
import type { SyncLock, SyncRunStore } from '../../functions/sync/ports';
import { summaryOf, type SyncRun } from '../../functions/sync/sync-run';
import {
  mergeEnds,
  type FactoryEndEntry,
  type RunHistoryEndEntry,
  type WorkerProgress,
} from '../../functions/sync/progress/progress-report';
import { firstUlid } from '../../functions/storage/ulid';
import type { SyncRunKey } from '../../functions/storage/sync-run-key';
import { fakeOutbox, type FakeOutbox } from './event-store';
import { factoryHash } from '../../functions/data-factory/resource-id';

/** Puts the events of a change into the outbox, as the adapter does. */
export function fakeSyncRunStore(outbox: Pick<FakeOutbox, 'add'> = fakeOutbox()): SyncRunStore {
  const runs = new Map<string, Stored<SyncRun>>();
  const progress = new Map<string, ReadonlyMap<string, WorkerProgress>>();
  const ends = new Map<string, ReadonlyMap<string, FactoryEndEntry>>();
  const histories = new Map<string, ReadonlyMap<string, RunHistoryEndEntry>>();
  const closing = new Map<string, SyncRunKey>();
  const ended = new Map<string, SyncRun>();
  const runIdOf = ({ tenantId, connectorId }: ConnectorKey) => ({ tenantId, connectorId });
  const locks = new Map<string, Stored<SyncLock>>();
  let version = 0;
  const nextEtag = () => `W/"${++version}"`;
  const nameOf = ({ tenantId, connectorId }: ConnectorKey) => `${tenantId}|${connectorId}`;
  const keyOf = (connector: ConnectorKey, id: string) => `${nameOf(connector)}|${id}`;
  const runKeyOf = (run: SyncRunKey) => keyOf(run, run.syncRunId);
  const put = (run: SyncRun) => runs.set(keyOf(run, run.id), { ...run, etag: nextEtag() });
  const lockFor = (run: SyncRun) =>
    locks.set(nameOf(run), { syncRunId: run.id, acquiredAt: run.createdAt, etag: nextEtag() });
  const ofTenant = (tenantId: string) =>
    [...runs.values()]
      .map(({ etag: _etag, ...run }) => run)
      .filter((run) => run.tenantId === tenantId);
  return {
    async begin(run, events) {
      if (locks.has(nameOf(run))) throw new ConflictError('sync_locked', 'locked');
      lockFor(run);
      put(run);
      outbox.add(events);
    },
    async takeOverLock(run, from, events) {
      if (locks.get(nameOf(run))?.etag !== from.etag)
        throw new ConflictError('sync_lock_changed', 'changed');
      closing.set(keyOf(run, from.syncRunId), { ...runIdOf(run), syncRunId: from.syncRunId });
      lockFor(run);
      put(run);
      outbox.add(events);
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
    listActive: async (tenantId) =>
      ofTenant(tenantId).filter((run) => locks.get(nameOf(run))?.syncRunId === run.id),
    listClosing: async (tenantId) =>
      [...closing.values()].filter((run) => run.tenantId === tenantId),
    settle: async (run) => void closing.delete(runKeyOf(run)),
    listEnded: async (tenantId, since) =>
      [...ended.values()]
        .filter((run) => run.tenantId === tenantId && run.finishedAt! >= since.toISOString())
        .map(({ status }) => status),
    async purgeEnded(tenantId, before) {
      for (const [key, run] of ended)
        if (run.tenantId === tenantId && run.finishedAt! < before.toISOString()) ended.delete(key);
    },
    async listTenant(tenantId, status, { limit, continuation = '0' }) {
      const all = ofTenant(tenantId).filter((run) => status === undefined || run.status === status);
      const end = Number(continuation) + limit;
      return {
        items: all.slice(Number(continuation), end).map(summaryOf),
        ...(end < all.length && { continuation: String(end) }),
      };
    },
    find: async (tenantId, syncRunId) => ofTenant(tenantId).find(({ id }) => id === syncRunId),
    get: async (connector, syncRunId) => runs.get(keyOf(connector, syncRunId)),
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
    async replace(run, events) {
      if (runs.get(keyOf(run, run.id))?.etag !== run.etag)
        throw new StaleError('sync_changed', 'changed');
      put(run);
      outbox.add(events);
    },
    async delete(run) {
      if (runs.get(keyOf(run, run.id))?.etag !== run.etag)
        throw new StaleError('sync_changed', 'changed');
      runs.delete(keyOf(run, run.id));
    },
    async cleanUp(run) {
      const lock = await this.getLock(run);
      if (lock?.syncRunId === run.id) {
        closing.set(keyOf(run, run.id), { ...runIdOf(run), syncRunId: run.id });
        ended.set(keyOf(run, run.id), run);
        await this.releaseLock(run, lock);
      }
      for (const reports of [progress, ends, histories]) reports.delete(keyOf(run, run.id));
    },
    async reportProgress(run, worker, report, isFirst) {
      const workers = progress.get(runKeyOf(run));
      if (!isFirst && !workers?.has(worker)) throw new Error('The worker has no row.');
      progress.set(runKeyOf(run), new Map(workers).set(worker, report));
    },
    async reportFactoryEnd(run, end) {
      const hash = factoryHash(end.outcome.factory);
      ends.set(runKeyOf(run), new Map(ends.get(runKeyOf(run))).set(hash, end));
    },
    async reportRunHistoryEnd(run, end) {
      const hash = factoryHash(end.factory);
      histories.set(runKeyOf(run), new Map(histories.get(runKeyOf(run))).set(hash, end));
    },
    getProgress: async (run) => ({
      workers: [...(progress.get(runKeyOf(run))?.values() ?? [])],
      ended: mergeEnds(
        [...(ends.get(runKeyOf(run))?.values() ?? [])],
        [...(histories.get(runKeyOf(run))?.values() ?? [])],
      ),
    }),
    async deleteConnector(connector) {
      for (const rows of [runs, progress, ends, histories, closing])
        for (const key of rows.keys())
          if (key.startsWith(`${nameOf(connector)}|`)) rows.delete(key);
      locks.delete(nameOf(connector));
    },
  };
}
