/** Reads the trail of a tenant: pages of entries in either direction, and single entries. */
import { NotFoundError } from '../errors/app-error';
import { logFailure } from '../errors/log-failure';
import type { Page, PageRequest } from '../storage/page';
import type { AuditEntry } from './audit-record';
import type { Checkpoint } from './checkpoint';
import { isFiltered, matches, type EntryFilter } from './entry-filter';
import type { AuditStore } from './ports';
import { maxChunk } from './bounded-record';
import { seqRangeOf, type SeqRange } from './time-bounds';
import type { StoredEntry } from './verification';

export type Order = 'newest' | 'oldest';

/** A page of a filtered list ends here, also if it is not full. */
const maxChunks = 80;
/** Characters of the entries of a page as JSON, beyond which it ends. */
const maxPageLength = 8_000_000;

type Store = Pick<AuditStore, 'getHead' | 'getFloor' | 'read' | 'listCheckpoints'>;

export class AuditLogService {
  constructor(private readonly store: Store) {}

  /** A page may have fewer entries than asked for, even none, and still be followed by others. */
  async list(
    tenantId: string,
    filter: EntryFilter,
    order: Order,
    { limit, continuation }: PageRequest,
  ): Promise<Page<AuditEntry>> {
    const range = await this.rangeOf(tenantId, filter);
    let rest = range && restOf(range, order, continuation);
    const items: AuditEntry[] = [];
    let length = 0;
    for (
      let chunks = 0;
      rest && chunks < maxChunks && items.length < limit && length < maxPageLength;
      chunks++
    ) {
      const size = isFiltered(filter) ? maxChunk : Math.min(maxChunk, limit - items.length);
      const chunk: SeqRange =
        order === 'newest'
          ? { from: Math.max(rest.from, rest.to - size + 1), to: rest.to }
          : { from: rest.from, to: Math.min(rest.to, rest.from + size - 1) };
      const rows = await this.store.read(tenantId, chunk.from, chunk.to, filter);
      const found = (order === 'newest' ? rows.toReversed() : rows).flatMap((row) =>
        this.entryOf(tenantId, row, filter),
      );
      const taken: AuditEntry[] = [];
      for (const entry of found.slice(0, limit - items.length)) {
        if (length >= maxPageLength) break;
        taken.push(entry);
        length += JSON.stringify(entry).length;
      }
      items.push(...taken);
      const end = taken.length < found.length ? taken.at(-1)!.seq : undefined;
      rest = after(rest, order, end ?? (order === 'newest' ? chunk.from : chunk.to));
    }
    return {
      items,
      ...(rest && { continuation: String(order === 'newest' ? rest.to : rest.from) }),
    };
  }

  /** Throws NotFoundError if the entry does not exist or was purged. */
  async get(tenantId: string, seq: number): Promise<AuditEntry> {
    const [row] = await this.store.read(tenantId, seq, seq);
    const floor = await this.store.getFloor(tenantId);
    if (!row?.entry || (floor && seq <= floor.seq))
      throw new NotFoundError(
        'audit_entry_not_found',
        'The audit trail has no entry with this number. Check the number; old entries are purged.',
      );
    return row.entry;
  }

  /** Newest first. */
  async listCheckpoints(
    tenantId: string,
    { limit, continuation }: PageRequest,
  ): Promise<Page<Checkpoint>> {
    const to = continuation === undefined ? Number.MAX_SAFE_INTEGER : Number(continuation);
    const all = await this.store.listCheckpoints(tenantId, 1, to);
    const items = all.slice(0, limit);
    return {
      items,
      ...(all.length > limit && { continuation: String(items.at(-1)!.seq - 1) }),
    };
  }

  private async rangeOf(tenantId: string, filter: EntryFilter): Promise<SeqRange | undefined> {
    const head = await this.store.getHead(tenantId);
    if (!head) return undefined;
    const floor = await this.store.getFloor(tenantId);
    const whole = { from: (floor?.seq ?? 0) + 1, to: head.seq };
    return seqRangeOf(this.store, tenantId, whole, head, filter);
  }

  /** Columns of a row may have been changed, so the entry decides whether it is selected. */
  private entryOf(
    tenantId: string,
    { seq, entry }: StoredEntry,
    filter: EntryFilter,
  ): readonly AuditEntry[] {
    if (entry) return matches(entry, filter) ? [entry] : [];
    logFailure('audit.entry_unreadable', new Error('Verify the audit trail.'), { tenantId, seq });
    return [];
  }
}

function restOf(range: SeqRange, order: Order, continuation: string | undefined) {
  const next = continuation === undefined ? undefined : Number(continuation);
  const rest =
    order === 'newest'
      ? { from: range.from, to: Math.min(range.to, next ?? range.to) }
      : { from: Math.max(range.from, next ?? range.from), to: range.to };
  return rest.from <= rest.to ? rest : undefined;
}

function after(rest: SeqRange, order: Order, last: number): SeqRange | undefined {
  const next =
    order === 'newest' ? { from: rest.from, to: last - 1 } : { from: last + 1, to: rest.to };
  return next.from <= next.to ? next : undefined;
}
