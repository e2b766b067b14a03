/**
 * In-memory CatalogStore and TombstoneStore. The contract tests hold them to the behaviour of the
 * adapters.
 */
import type {
  CatalogRow,
  CatalogStore,
  RemovedRow,
  TombstoneStore,
} from '../../functions/catalog/ports';
import { superseded } from '../../functions/catalog/superseded';
import type { Resource } from '../../functions/data-factory/resource';
import type { Json } from '../../functions/data-factory/json';
import type { ConnectorKey } from '../../functions/storage/connector-key';
import { factoryHash } from '../../functions/data-factory/resource-id';

interface StoredRow extends CatalogRow {
  readonly body: Json | undefined;
  readonly live: boolean;
  readonly etag: string;
  readonly removedAt?: string;
  readonly quarantinedBy?: string;
}

export interface FakeCatalogStore extends CatalogStore {
  /** Keys of written rows, in order. */
  readonly written: string[];
  /** Keys of live rows of every factory. */
  live(): string[];
  /** Runs before every write; may throw. */
  beforeWrite: (rowKeys: readonly string[]) => void;
  /** Hidden rows of the same table. */
  readonly tombstones: TombstoneStore;
}

export function fakeCatalogStore(): FakeCatalogStore {
  const partitions = new Map<string, Map<string, StoredRow>>();
  const admitted = new Set<string>();
  const dismiss = (prefix: string) => {
    for (const each of admitted) if (each.startsWith(prefix)) admitted.delete(each);
  };
  let version = 0;
  const nextEtag = () => `W/"${++version}"`;
  const partition = ({ tenantId, connectorId }: ConnectorKey, factory: string) => {
    const key = `${tenantId}|${connectorId}|${factory}`;
    const rows = partitions.get(key) ?? new Map<string, StoredRow>();
    partitions.set(key, rows);
    return rows;
  };
  const sorted = (rows: Map<string, StoredRow>, prefix: string, hidden = false) =>
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
      return sorted(partition(connector, factory), kind === undefined ? '' : `${kind}|`)
        .filter(({ rowKey }) => rowKey >= from && !rowKey.startsWith('activity|'))
        .slice(0, limit)
        .map((row) => ({ ...withoutBody(row), body: row.body }));
    },
    async admitWriter(connector, factory, { kind, writer }) {
      const of = `${connector.tenantId}|${connector.connectorId}|${factoryHash(factory)}|${kind}|`;
      admitted.add(`${of}${writer}`);
    },
    async dismissWriters({ tenantId, connectorId }, factory, writers) {
      for (const { kind, writer } of writers)
        admitted.delete(`${tenantId}|${connectorId}|${factoryHash(factory)}|${kind}|${writer}`);
    },
    async dismissAllWriters(connector, factory, kind) {
      dismiss(`${connector.tenantId}|${connector.connectorId}|${factoryHash(factory)}|${kind}|`);
    },
    async write(connector, factory, changes, at, { kind, writer }) {
      const of = `${connector.tenantId}|${connector.connectorId}|${factoryHash(factory)}|${kind}|`;
      const rows = partition(connector, factoryHash(factory));
      for (const { put, remove, quarantinedBy } of changes) {
        const keys = [...put.map(({ rowKey }) => rowKey), ...remove];
        store.beforeWrite(keys);
        if (!admitted.has(`${of}${writer}`)) throw superseded();
        store.written.push(...keys);
        for (const { rowKey, resource } of put)
          rows.set(rowKey, {
            ...toSummary(resource),
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
          const quarantine = quarantinedBy === undefined ? {} : { quarantinedBy };
          const removedAt = at.toISOString();
          rows.set(rowKey, { ...row, live: false, removedAt, ...quarantine, etag: nextEtag() });
        }
      }
    },
    async listHashes(connector, factory, prefix) {
      const rows = sorted(partition(connector, factoryHash(factory)), prefix);
      return new Map(rows.map(({ rowKey, hash }) => [rowKey, hash]));
    },
    async namesOf(connector, factory, rowKeys) {
      const rows = partition(connector, factoryHash(factory));
      return new Map(
        rowKeys.flatMap((rowKey) => {
          const row = rows.get(rowKey);
          if (!row) return [];
          const { name, parent } = row;
          return [[rowKey, { name, ...(parent !== undefined && { parent }) }] as const];
        }),
      );
    },
    async deleteFactory(connector, factory) {
      partition(connector, factory).clear();
      const of = `${connector.tenantId}|${connector.connectorId}|${factory}|`;
      dismiss(of);
    },
    tombstones: {
      async list(connector, factory, kind, { limit, continuation = '' }) {
        const prefix = kind === undefined ? '' : `${kind}|`;
        const all = sorted(partition(connector, factory), prefix, true);
        const items = all.filter(({ rowKey }) => rowKey > continuation).slice(0, limit);
        const last = items.at(-1)?.rowKey;
        const more = last !== undefined && all.at(-1)!.rowKey > last;
        return { items: items.map(toRemovedRow), ...(more && { continuation: last }) };
      },
      async get(connector, factory, rowKey) {
        const row = partition(connector, factory).get(rowKey);
        return row && !row.live ? { ...toRemovedRow(row), body: row.body } : undefined;
      },
      async find(connector, factory, rowKeys) {
        const rows = partition(connector, factory);
        return rowKeys
          .map((rowKey) => rows.get(rowKey))
          .filter((row) => row && !row.live)
          .map((row) => ({ rowKey: row!.rowKey, ...tombstoneOf(row!), etag: row!.etag }));
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

const toSummary = ({
  body: _body,
  children: _c,
  activities: _a,
  sourceEtag: _etag,
  ...rest
}: Resource) => rest;
const tombstoneOf = ({ removedAt, quarantinedBy }: StoredRow) => ({
  removedAt: removedAt!,
  ...(quarantinedBy !== undefined && { quarantinedBy }),
});
const toRemovedRow = (row: StoredRow): RemovedRow => ({ ...withoutBody(row), ...tombstoneOf(row) });

function withoutBody({
  body: _b,
  live: _l,
  etag: _e,
  removedAt: _d,
  quarantinedBy: _h,
  ...row
}: StoredRow) {
  return row as CatalogRow;
}
