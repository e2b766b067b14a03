/**
 * Outbox in Table Storage. PartitionKey: tenant. A row `pending-{table}-{partition}` is a hint: that
 * partition holds, or held, events of its changes (table-storage/outbox-rows.ts). An event that no
 * row changes with is a row of this table; its RowKey is the event id. Hints and events leave within
 * minutes, so a read of the whole table finds few rows for any number of tenants.
 */
import { odata, type TableClient } from '@azure/data-tables';
import { z } from 'zod';
import { mapIterably } from '../../concurrency/map-concurrently';
import { logFailure } from '../../errors/log-failure';
import { throwFirst } from '../../errors/own-failure';
import type { Outbox, OutboxMessage, PendingMessage } from '../../events/ports';
import { deleteRow, upsertRow } from '../table-storage/conditional-write';
import {
  hintRow,
  isOutboxRow,
  outboxRowKey,
  toMessage,
  toMessageColumns,
} from '../table-storage/outbox-rows';
import { nextPartition } from '../table-storage/row-deletion';
import { onStatus } from '../table-storage/table-client';

const hint = z.object({
  table: z.string(),
  partition: z.string(),
  partitionKey: z.string(),
  rowKey: z.string(),
  etag: z.string(),
  timestamp: z.coerce.date(),
});
type Hint = z.infer<typeof hint>;

/** Longer than a write takes with all its retries. A hint may precede its write. */
const hintLifetimeMs = 5 * 60_000;
/** A request to relay the events of a tenant concerns changes that are not older. */
const recentMs = 60_000;
const maxConcurrentHints = 16;
const rowsPerPage = 1_000;

export class OutboxTable implements Outbox {
  /** Tables whose stores put events into the transaction of a change, by name. */
  private readonly sources: ReadonlyMap<string, TableClient>;

  constructor(
    private readonly table: TableClient,
    sources: readonly TableClient[],
  ) {
    this.sources = new Map(sources.map((source) => [source.tableName, source]));
  }

  async put(message: OutboxMessage): Promise<void> {
    const { tenantId, id } = message.event;
    const key = { partitionKey: tenantId, rowKey: id };
    await upsertRow(this.table, { ...key, ...toMessageColumns(message) });
  }

  async *listPending(now: Date, tenantId?: string): AsyncIterable<PendingMessage> {
    const failures: unknown[] = [];
    const queryOptions =
      tenantId === undefined ? {} : { filter: odata`PartitionKey eq ${tenantId}` };
    const pages = this.table.listEntities({ queryOptions }).byPage({ maxPageSize: rowsPerPage });
    for await (const page of pages) {
      const allHints = page.filter(({ rowKey }) => rowKey?.startsWith('pending-'));
      for (const row of page) if (!allHints.includes(row)) yield* this.read(row, '');
      const hints = allHints.filter((row) => tenantId === undefined || isRecent(row, now));
      const read = (row: object) => this.readHint(hint.parse(row), now, failures);
      for await (const messages of mapIterably(hints, maxConcurrentHints, read)) yield* messages;
    }
    throwFirst(failures);
  }

  async oldestPendingAt(tenantId: string): Promise<string | undefined> {
    const filter = odata`PartitionKey eq ${tenantId}`;
    const times: string[] = [];
    for await (const row of this.table.listEntities({ queryOptions: { filter } })) {
      const messages = row.rowKey?.startsWith('pending-')
        ? await this.firstOf(hint.parse(row))
        : this.read(row, '');
      times.push(...messages.map(({ event }) => event.at));
    }
    return times.sort()[0];
  }

  /** Ids are ULIDs, so the first event of a partition is the oldest. */
  private async firstOf({ table, partition }: Hint): Promise<readonly PendingMessage[]> {
    return (await this.readRows(table, partition, 1)).slice(0, 1);
  }

  async delete({ event, place }: PendingMessage): Promise<void> {
    const { tenantId, id } = event;
    if (place === '') return deleteRow(this.table, { partitionKey: tenantId, rowKey: id });
    const [table, partitionKey] = splitPlace(place);
    await deleteRow(this.source(table), { partitionKey, rowKey: outboxRowKey(id) });
  }

  async restoreHints(): Promise<number> {
    let restored = 0;
    for (const [name, table] of this.sources) {
      let partition = await nextPartition(table, '');
      while (partition !== undefined) {
        const [first] = await this.readRows(name, partition, 1);
        if (first) {
          await this.table.upsertEntity(hintRow(name, partition, first.event.tenantId), 'Replace');
          restored += 1;
        }
        partition = await nextPartition(table, partition);
      }
    }
    return restored;
  }

  /** A partition that cannot be read delays no other. An old hint of an empty one is deleted. */
  private async readHint(
    row: Hint,
    now: Date,
    failures: unknown[],
  ): Promise<readonly PendingMessage[]> {
    const { table, partition, timestamp, etag } = row;
    try {
      const messages = await this.readRows(table, partition);
      if (messages.length === 0 && now.getTime() - timestamp.getTime() > hintLifetimeMs)
        await deleteRow(this.table, row as { partitionKey: string; rowKey: string }, etag)
          .catch(onStatus(412, () => undefined))
          .catch(onStatus(404, () => undefined));
      return messages;
    } catch (error) {
      logFailure('outbox.partition_failed', error, { table, partition });
      failures.push(error);
      return [];
    }
  }

  private async readRows(
    table: string,
    partition: string,
    limit?: number,
  ): Promise<readonly PendingMessage[]> {
    const filter = odata`PartitionKey eq ${partition}` + ` and ${isOutboxRow}`;
    const found: PendingMessage[] = [];
    const rows = this.source(table).listEntities({ queryOptions: { filter } });
    for await (const page of rows.byPage({ maxPageSize: limit ?? rowsPerPage })) {
      for (const row of page) found.push(...this.read(row, `${table}|${partition}`));
      if (limit !== undefined && found.length >= limit) break;
    }
    return found;
  }

  /** A row that does not parse is reported and stays. */
  private read(row: object, place: string): PendingMessage[] {
    try {
      return [{ ...toMessage(row), place }];
    } catch (error) {
      const { rowKey = '' } = row as { readonly rowKey?: string };
      logFailure('outbox.row_failed', error, { place, rowKey });
      return [];
    }
  }

  private source(name: string): TableClient {
    const source = this.sources.get(name);
    if (!source) throw new Error(`No store writes events to the table ${name}.`);
    return source;
  }
}

/** Each change of its partition replaces a hint. */
const isRecent = ({ timestamp }: { readonly timestamp?: string }, now: Date): boolean =>
  now.getTime() - Date.parse(timestamp ?? '') < recentMs;

function splitPlace(place: string): [string, string] {
  const end = place.indexOf('|');
  return [place.slice(0, end), place.slice(end + 1)];
}
