/** In-memory stores of the audit trail. The contract tests hold them to the behaviour of the adapters. */
import type { AuditEntry } from '../../functions/audit/audit-record';
import { auditEntry } from '../../functions/audit/audit-record';
import { canonicalEntry, type ChainFloor, type ChainHead } from '../../functions/audit/chain';
import type { Checkpoint } from '../../functions/audit/checkpoint';
import { matches } from '../../functions/audit/entry-filter';
import { readPendingRow, toPendingRow } from '../../functions/audit/pending-row';
import type { AuditStore, PendingRecordStore, PendingRow } from '../../functions/audit/ports';
import { ConflictError } from '../../functions/errors/app-error';
import type { Stored } from '../../functions/storage/stored';

interface Chain {
  head: Stored<ChainHead> | undefined;
  floor: ChainFloor | undefined;
  /** Canonical texts by number, for tests to tamper with. */
  readonly rows: Map<number, string>;
  readonly ids: Set<string>;
  readonly checkpoints: Map<number, Checkpoint>;
}

export interface FakeAuditStore extends AuditStore {
  chainOf(tenantId: string): Chain;
}

export function fakeAuditStore(): FakeAuditStore {
  const chains = new Map<string, Chain>();
  const chainOf = (tenantId: string): Chain => {
    const chain = chains.get(tenantId) ?? {
      head: undefined,
      floor: undefined,
      rows: new Map<number, string>(),
      ids: new Set<string>(),
      checkpoints: new Map<number, Checkpoint>(),
    };
    chains.set(tenantId, chain);
    return chain;
  };
  const sorted = (tenantId: string) =>
    [...chainOf(tenantId).rows.keys()].toSorted((one, other) => one - other);
  return {
    chainOf,
    getHead: async (tenantId) => chainOf(tenantId).head,
    async append(tenantId, before, head, entries) {
      const chain = chainOf(tenantId);
      if (chain.head?.etag !== before?.etag) return false;
      if (entries.some(({ id }) => chain.ids.has(id))) return false;
      if (entries.some(({ seq }) => chain.rows.has(seq)))
        throw new ConflictError('audit_chain_blocked', 'The row exists.');
      chain.head = { ...head, etag: `"${head.seq}"` };
      for (const entry of entries) {
        chain.rows.set(entry.seq, canonicalEntry(entry));
        chain.ids.add(entry.id);
      }
      return true;
    },
    async findLinked(tenantId, ids) {
      return new Set(ids.filter((id) => chainOf(tenantId).ids.has(id)));
    },
    async read(tenantId, from, to, filter = {}) {
      return sorted(tenantId)
        .filter((seq) => seq >= from && seq <= to)
        .map((seq) => {
          const read = auditEntry.safeParse(JSON.parse(chainOf(tenantId).rows.get(seq)!));
          return read.success ? { seq, entry: read.data } : { seq, fault: 'unreadable' as const };
        })
        .filter(({ entry }) => !entry || matches(entry, { ...filter, control: undefined }));
    },
    async nextSeq(tenantId, after) {
      return sorted(tenantId).find((seq) => seq > after);
    },
    getFloor: async (tenantId) => chainOf(tenantId).floor,
    async putFloor(tenantId, floor) {
      const chain = chainOf(tenantId);
      if (!chain.floor || chain.floor.seq < floor.seq) chain.floor = floor;
    },
    async *deleteUpTo(tenantId, last) {
      const { rows, ids } = chainOf(tenantId);
      for (const seq of sorted(tenantId).filter((each) => each <= last)) {
        ids.delete((JSON.parse(rows.get(seq)!) as AuditEntry).id);
        rows.delete(seq);
        yield 1;
      }
    },
    async putCheckpoint(tenantId, checkpoint) {
      const { checkpoints } = chainOf(tenantId);
      if (!checkpoints.has(checkpoint.seq)) checkpoints.set(checkpoint.seq, checkpoint);
    },
    async getLatestCheckpoint(tenantId) {
      return (await this.listCheckpoints(tenantId, 1, Number.MAX_SAFE_INTEGER))[0];
    },
    async listCheckpoints(tenantId, from, to) {
      return [...chainOf(tenantId).checkpoints.values()]
        .filter(({ seq }) => seq >= from && seq <= to)
        .toSorted((one, other) => other.seq - one.seq);
    },
    async *listTenants(after = '') {
      yield* [...chains.keys()].filter((tenantId) => tenantId > after).toSorted();
    },
  };
}

export interface FakePendingRecordStore extends PendingRecordStore {
  /** As the transaction of a change adds it. */
  addRow(tenantId: string, connectionId: string, row: PendingRow): void;
}

export function fakePendingRecordStore(): FakePendingRecordStore {
  const places = new Map<string, Map<string, PendingRow>>();
  const placeOf = (tenantId: string, place: string) => {
    const key = `${tenantId}|${place}`;
    const rows = places.get(key) ?? new Map<string, PendingRow>();
    places.set(key, rows);
    return rows;
  };
  return {
    addRow: (tenantId, connectionId, row) =>
      void placeOf(tenantId, connectionId).set(row.rowKey, row),
    async put(id, record) {
      const row = toPendingRow(id, record);
      placeOf(record.tenantId, '').set(row.rowKey, row);
    },
    async *listTenants() {
      for (const [key, rows] of places)
        if (key.endsWith('|') && rows.size > 0) yield key.slice(0, -1);
    },
    async list(tenantId, connectionId, limit) {
      const place = connectionId ?? '';
      return [...placeOf(tenantId, place).values()]
        .toSorted((one, other) => (one.rowKey < other.rowKey ? -1 : 1))
        .slice(0, limit)
        .map(({ rowKey, columns }) => ({
          ...readPendingRow(tenantId, { ...columns, rowKey }),
          place,
        }));
    },
    async delete(tenantId, records) {
      for (const { id, place } of records) placeOf(tenantId, place).delete(`audit-${id}`);
    },
  };
}
