/**
 * AuditStore in Table Storage. PartitionKey: tenant. RowKeys:
 *
 *   head, floor             the last entry; the last entry that was purged
 *   entry-{seq}             entries, in the order of the chain
 *   id-{record}             number of the entry of a record, so that it is linked once
 *   checkpoint-{max - seq}  checkpoints, newest first
 */
import { odata, type TableClient, type TransactionAction } from '@azure/data-tables';
import { z } from 'zod';
import { canonicalEntry, type ChainFloor, type ChainHead } from '../../../audit/chain';
import type { AuditEntry } from '../../../audit/audit-record';
import type { Checkpoint } from '../../../audit/checkpoint';
import { filterColumnNames, filterColumnsOf, type EntryFilter } from '../../../audit/entry-filter';
import type { AuditStore } from '../../../audit/ports';
import { toTextColumns } from '../../../audit/text-columns';
import type { StoredEntry } from '../../../audit/verification';
import { mapConcurrently } from '../../../concurrency/map-concurrently';
import { ConflictError } from '../../../errors/app-error';
import type { Stored } from '../../../storage/stored';
import {
  createRow,
  replaceRow,
  storedEtag,
  writeRows,
} from '../../table-storage/conditional-write';
import { deleteRows, nextPartition } from '../../table-storage/row-deletion';
import { onStatus, prefixRange } from '../../table-storage/table-client';
import { entryPrefix, entryRowKey, idRowKey, toStoredEntry } from './audit-entry-row';

const maxConcurrentReads = 16;
/** An entry and its id row: within the hundred rows of a transaction. */
const entriesPerDeletion = 50;

/** A column that was tampered with is read as a value that verification finds wrong. */
const number = z.int().min(0).catch(0);
const text = z.string().catch('');
const headColumns = z.object({
  seq: number,
  hash: text,
  linkedAt: z.iso.datetime().catch(new Date(0).toISOString()),
  maxLagMs: number,
  maxLeadMs: number,
});
const signedColumns = z.object({
  seq: number,
  hash: text,
  at: z.iso.datetime().catch(new Date(0).toISOString()),
  keyVersion: text,
  signature: text,
});
const idColumn = z.object({ id: z.string().optional() });

const checkpoints = prefixRange('checkpoint-');
const entries = prefixRange(entryPrefix);
const padded = (seq: number) => String(seq).padStart(16, '0');
const checkpointRowKey = (seq: number) => `checkpoint-${padded(Number.MAX_SAFE_INTEGER - seq)}`;

export class AuditTable implements AuditStore {
  constructor(private readonly table: TableClient) {}

  async getHead(tenantId: string): Promise<Stored<ChainHead> | undefined> {
    const row = await this.get(tenantId, 'head');
    return row && { ...headColumns.parse(row), etag: storedEtag(row) };
  }

  async append(
    tenantId: string,
    before: Stored<ChainHead> | undefined,
    head: ChainHead,
    added: readonly AuditEntry[],
  ): Promise<boolean> {
    const row = { partitionKey: tenantId, rowKey: 'head', ...headColumns.parse(head) };
    const moveHead: TransactionAction = before
      ? ['update', row, 'Replace', { etag: before.etag }]
      : ['create', row];
    return writeRows(this.table, [moveHead, ...added.flatMap(createActions)])
      .then(() => true)
      .catch(onStatus(412, () => false))
      .catch(onStatus(404, () => false))
      .catch(onStatus(409, (cause) => this.explainConflict(tenantId, before, added, cause)));
  }

  async findLinked(tenantId: string, ids: readonly string[]): Promise<ReadonlySet<string>> {
    const found = await mapConcurrently(ids, maxConcurrentReads, async (id) =>
      (await this.get(tenantId, idRowKey(id))) ? [id] : [],
    );
    return new Set(found.flat());
  }

  async read(
    tenantId: string,
    from: number,
    to: number,
    filter: EntryFilter = {},
  ): Promise<readonly StoredEntry[]> {
    const found: StoredEntry[] = [];
    const rows = this.rows(tenantId, entryRowKey(from), entryRowKey(to + 1), conditionsOf(filter));
    for await (const row of rows) found.push(toStoredEntry(row));
    return found;
  }

  async nextSeq(tenantId: string, after: number): Promise<number | undefined> {
    const rows = this.rows(tenantId, entryRowKey(after + 1), entries.to);
    for await (const page of rows.byPage({ maxPageSize: 1 }))
      if (page[0]) return toStoredEntry(page[0]).seq;
    return undefined;
  }

  async getFloor(tenantId: string): Promise<ChainFloor | undefined> {
    const row = await this.get(tenantId, 'floor');
    return row && signedColumns.parse(row);
  }

  async putFloor(tenantId: string, floor: ChainFloor): Promise<void> {
    const stored = await this.get(tenantId, 'floor');
    if (stored && signedColumns.parse(stored).seq >= floor.seq) return;
    const row = { partitionKey: tenantId, rowKey: 'floor', ...signedColumns.parse(floor) };
    if (stored) await replaceRow(this.table, row, storedEtag(stored));
    else await createRow(this.table, row);
  }

  async *deleteUpTo(tenantId: string, seq: number): AsyncGenerator<number> {
    const rows = this.rows(tenantId, entries.from, entryRowKey(seq + 1), [], ['id']);
    for await (const page of rows.byPage({ maxPageSize: entriesPerDeletion })) {
      const keys = page.flatMap(({ rowKey, ...row }) => {
        const { id } = idColumn.parse(row);
        return [rowKey!, ...(id === undefined ? [] : [idRowKey(id)])];
      });
      await deleteRows(
        this.table,
        keys.map((rowKey) => ({ partitionKey: tenantId, rowKey })),
      );
      yield page.length;
    }
  }

  async putCheckpoint(tenantId: string, checkpoint: Checkpoint): Promise<void> {
    const row = {
      partitionKey: tenantId,
      rowKey: checkpointRowKey(checkpoint.seq),
      ...signedColumns.parse(checkpoint),
    };
    // A checkpoint never changes. Another linker has signed the same entry.
    await createRow(this.table, row).catch(onStatus(409, () => undefined));
  }

  async getLatestCheckpoint(tenantId: string): Promise<Checkpoint | undefined> {
    const rows = this.rows(tenantId, checkpoints.from, checkpoints.to);
    for await (const page of rows.byPage({ maxPageSize: 1 }))
      if (page[0]) return signedColumns.parse(page[0]);
    return undefined;
  }

  async listCheckpoints(
    tenantId: string,
    from: number,
    to: number,
  ): Promise<readonly Checkpoint[]> {
    const found: Checkpoint[] = [];
    const rows = this.rows(tenantId, checkpointRowKey(to), `${checkpointRowKey(from)}~`);
    for await (const row of rows) found.push(signedColumns.parse(row));
    return found;
  }

  async *listTenants(after = ''): AsyncGenerator<string> {
    let tenantId = await nextPartition(this.table, after);
    while (tenantId !== undefined) {
      yield tenantId;
      tenantId = await nextPartition(this.table, tenantId);
    }
  }

  /** A row of the transaction exists: the head, a record that is linked, or a foreign entry. */
  private async explainConflict(
    tenantId: string,
    before: Stored<ChainHead> | undefined,
    added: readonly AuditEntry[],
    cause: Error,
  ): Promise<boolean> {
    const head = await this.getHead(tenantId);
    if (head?.seq !== before?.seq) return false;
    const linked = await this.findLinked(
      tenantId,
      added.map(({ id }) => id),
    );
    if (linked.size > 0) return false;
    throw new ConflictError(
      'audit_chain_blocked',
      'The audit trail holds an entry that was not linked. Verify the trail.',
      { cause },
    );
  }

  private get(tenantId: string, rowKey: string) {
    return this.table
      .getEntity<Record<string, unknown>>(tenantId, rowKey)
      .catch(onStatus(404, () => undefined));
  }

  private rows(
    tenantId: string,
    from: string,
    to: string,
    conditions: readonly string[] = [],
    select?: readonly string[],
  ) {
    const range = odata`PartitionKey eq ${tenantId} and RowKey ge ${from} and RowKey lt ${to}`;
    return this.table.listEntities<Record<string, unknown>>({
      queryOptions: {
        filter: [range, ...conditions].join(' and '),
        ...(select && { select: ['PartitionKey', 'RowKey', ...select] }),
      },
    });
  }
}

function conditionsOf(filter: EntryFilter): readonly string[] {
  const { from, to } = filter;
  return [
    ...(from ? [odata`occurredAt ge ${from.toISOString()}`] : []),
    ...(to ? [odata`occurredAt lt ${to.toISOString()}`] : []),
    ...filterColumnNames.flatMap((name) =>
      filter[name] === undefined ? [] : [`${name} ${odata`eq ${filter[name]}`}`],
    ),
  ];
}

function createActions(entry: AuditEntry): TransactionAction[] {
  const { tenantId: partitionKey, seq, id } = entry;
  const columns = { id, ...filterColumnsOf(entry), ...toTextColumns(canonicalEntry(entry)) };
  return [
    ['create', { partitionKey, rowKey: entryRowKey(seq), ...columns }],
    ['create', { partitionKey, rowKey: idRowKey(id), seq }],
  ];
}
