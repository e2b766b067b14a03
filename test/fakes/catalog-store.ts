/** Keeps the promises of CatalogStore and TombstoneStore in memory; test/contracts holds it to them. */
import type {
  CatalogRow,
  CatalogStore,
  RemovedRow,
  TombstoneStore,
} from '../../functions/catalog/ports';
import type { Resource } from '../../functions/data-factory/resource';
import type { Json } from '../../functions/data-factory/json';
import type { ConnectorKey } from '../../functions/storage/connector-key';
import { factoryHash } from '../../functions/data-factory/resource-id';

interface Kept extends CatalogRow {
  readonly body: Json | undefined;
  readonly live: boolean;
  readonly etag: string;
  readonly removedAt?: string;
  readonly quarantinedBy?: string;
}

export interface FakeCatalogStore extends CatalogStore {
  /** How many rows were written so far, and their keys. */
  readonly written: string[];
  /** Live rows of every factory, by key. */
  live(): string[];
  /** Runs before every write; may throw. */
  beforeWrite: (rowKeys: readonly string[]) => void;
  /** The hidden rows of the same table. */
  readonly tombstones: TombstoneStore;
}

export function fakeCatalogStore(): FakeCatalogStore {
  const partitions = new Map<string, Map<string, Kept>>();
  let version = 0;
  const nextEtag = () => `W/"${++version}"`;
  const partition = ({ tenantId, connectorId }: ConnectorKey, factory: string) => {
    const key = `${tenantId}|${connectorId}|${factory}`;
    const rows = partitions.get(key) ?? new Map<string, Kept>();
    partitions.set(key, rows);
    return rows;
  };
  const sorted = (rows: Map<string, Kept>, prefix: string, hidden = false) =>
    [...rows.values()]
      .filter(({ live, rowKey }) => live !== hidden && rowKey.startsWith(prefix))
      .sort((a, b) => (a.rowKey < b.rowKey ? -1 : 1));
  const store: FakeCatalogStore = {
    written: [],
    beforeWrite: () => undefined,
    live: () =>
      [...partitions.values()].flatMap((rows) => sorted(rows, '').map(({ rowKey }) => rowKey)),
    async list(connector, factory, kind, { limit, continuation = '' }) {
      const all = sorted(partition(connector, factory), kind === undefined ? '' : `${kind}|`);
      const items = all.filter(({ rowKey }) => rowKey > continuation).slice(0, limit);
      const last = items.at(-1)?.rowKey;
      const more = last !== undefined && all.at(-1)!.rowKey > last;
      return { items: items.map(withoutBody), ...(more && { continuation: last }) };
    },
    async get(connector, factory, rowKey) {
      const row = partition(connector, factory).get(rowKey);
      return row?.live ? { ...withoutBody(row), body: row.body } : undefined;
    },
    async listBodies(connector, factory, kind, { limit, from = '' }) {
      return sorted(partition(connector, factory), `${kind}|`)
        .filter(({ rowKey }) => rowKey >= from)
        .slice(0, limit)
        .map((row) => ({ ...withoutBody(row), body: row.body }));
    },
    async write(connector, factory, changes, at) {
      const rows = partition(connector, factoryHash(factory));
      for (const { put, remove, quarantinedBy } of changes) {
        const keys = [...put.map(({ rowKey }) => rowKey), ...remove];
        store.beforeWrite(keys);
        store.written.push(...keys);
        for (const { rowKey, resource } of put)
          rows.set(rowKey, {
            ...shown(resource),
            rowKey,
            factory,
            syncedAt: at.toISOString(),
            live: true,
            etag: nextEtag(),
            body: resource.kind === 'activity' ? undefined : structuredClone(resource.body),
          });
        for (const rowKey of remove) {
          const row = rows.get(rowKey);
          if (!row) continue;
          const hold = quarantinedBy === undefined ? {} : { quarantinedBy };
          const removedAt = at.toISOString();
          rows.set(rowKey, { ...row, live: false, removedAt, ...hold, etag: nextEtag() });
        }
      }
    },
    async listHashes(connector, factory, prefix) {
      const rows = sorted(partition(connector, factoryHash(factory)), prefix);
      return new Map(rows.map(({ rowKey, hash }) => [rowKey, hash]));
    },
    async deleteFactory(connector, factory) {
      partition(connector, factory).clear();
    },
    tombstones: {
      async list(connector, factory, kind, { limit, continuation = '' }) {
        const prefix = kind === undefined ? '' : `${kind}|`;
        const all = sorted(partition(connector, factory), prefix, true);
        const items = all.filter(({ rowKey }) => rowKey > continuation).slice(0, limit);
        const last = items.at(-1)?.rowKey;
        const more = last !== undefined && all.at(-1)!.rowKey > last;
        return { items: items.map(removed), ...(more && { continuation: last }) };
      },
      async get(connector, factory, rowKey) {
        const row = partition(connector, factory).get(rowKey);
        return row && !row.live ? { ...removed(row), body: row.body } : undefined;
      },
      async find(connector, factory, rowKeys) {
        const rows = partition(connector, factory);
        return rowKeys
          .map((rowKey) => rows.get(rowKey))
          .filter((row) => row && !row.live)
          .map((row) => ({ rowKey: row!.rowKey, ...marks(row!), etag: row!.etag }));
      },
      async purge(connector, factory, found) {
        const rows = partition(connector, factory);
        const changed = found.filter(
          ({ rowKey, etag }) => (rows.get(rowKey)?.etag ?? etag) !== etag,
        );
        for (const each of found) if (!changed.includes(each)) rows.delete(each.rowKey);
        return changed.length;
      },
    },
  };
  return store;
}

const shown = ({
  body: _body,
  children: _c,
  activities: _a,
  sourceEtag: _etag,
  ...rest
}: Resource) => rest;
const marks = ({ removedAt, quarantinedBy }: Kept) => ({
  removedAt: removedAt!,
  ...(quarantinedBy !== undefined && { quarantinedBy }),
});
const removed = (row: Kept): RemovedRow => ({ ...withoutBody(row), ...marks(row) });

function withoutBody({
  body: _b,
  live: _l,
  etag: _e,
  removedAt: _d,
  quarantinedBy: _h,
  ...row
}: Kept) {
  return row as CatalogRow;
}
