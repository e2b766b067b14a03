/**
 * Events of a change, in the transaction that stores the change. A store puts one row
 * `outbox-{event id}` per event into the partition of the changed row, so either both are stored or
 * neither is. A hint in the outbox table names the partition, so that the relay need not search.
 *
 * The hint is written at the same time as the transaction and may arrive before it. It stays for
 * longer than a write takes, so a worker writes it once for changes that follow one another. If it is
 * lost, `restoreHints` of the outbox finds the partition.
 */
import { odata, type TableClient, type TransactionAction } from '@azure/data-tables';
import { z } from 'zod';
import { BoundedMap } from '../../concurrency/bounded-map';
import { waitAtMost } from '../../concurrency/wait-at-most';
import { logFailure } from '../../errors/log-failure';
import { recordedEvent } from '../../events/event';
import type { OutboxMessage } from '../../events/ports';
import { deleteRow, writeRowsForEtags, type WrittenEtags } from './conditional-write';
import { jsonColumn } from './json-column';
import { prefixRange } from './table-client';

/** How long a change waits for its hint. The write of the hint continues. */
const maxHintMs = 2_000;
/**
 * A hint that this worker wrote in this time is not written again. Much shorter than the lifetime of a
 * hint, and than the age of the changes that a request to relay a tenant concerns.
 */
const hintValidMs = 10_000;
const maxKnownHints = 5_000;

interface RowKey {
  readonly partitionKey: string;
  readonly rowKey: string;
}

const prefix = 'outbox-';
const range = prefixRange(prefix);
export const outboxRowKey = (eventId: string) => `${prefix}${eventId}`;
/** Selects the events of all partitions, or those that a filter of the partition is added to. */
export const isOutboxRow = odata`RowKey gt ${range.from} and RowKey lt ${range.to}`;
/** For lists of a partition whose other rows have no prefix. */
export const isNoOutboxRow = odata`(RowKey lt ${range.from} or RowKey ge ${range.to})`;

const columns = z.object({
  event: jsonColumn(recordedEvent),
});

export const toMessage = (row: object): OutboxMessage => columns.parse(row);

export const toMessageColumns = ({ event }: OutboxMessage) => ({ event: JSON.stringify(event) });

export const hintRow = (table: string, partition: string, tenantId: string) => ({
  partitionKey: tenantId,
  rowKey: `pending-${table}-${partition}`,
  table,
  partition,
});

/**
 * `writeRows` together with the events of the change. The first action writes the changed row. An
 * event that is stored already, because a step runs twice, is replaced by itself.
 */
export async function writeWithEvents(
  table: TableClient,
  outbox: TableClient,
  actions: readonly TransactionAction[],
  messages: readonly OutboxMessage[],
): Promise<string> {
  return (await writeWithEventsForEtags(table, outbox, actions, messages)).first;
}

/** `writeWithEvents`, for a caller that needs the etags of several rows. */
export function writeWithEventsForEtags(
  table: TableClient,
  outbox: TableClient,
  actions: readonly TransactionAction[],
  messages: readonly OutboxMessage[],
): Promise<WrittenEtags> {
  const { partitionKey } = actions[0]![1] as RowKey;
  return withHint(table, outbox, partitionKey, messages, () =>
    writeRowsForEtags(table, [...actions, ...eventActions(partitionKey, messages)]),
  );
}

/** `deleteRow` of any version, together with the events of the deletion. Without a row, no event. */
export function deleteWithEvents(
  table: TableClient,
  outbox: TableClient,
  row: RowKey,
  messages: readonly OutboxMessage[],
): Promise<void> {
  return withHint(table, outbox, row.partitionKey, messages, () =>
    deleteRow(table, row, '*', eventActions(row.partitionKey, messages)),
  );
}

const eventActions = (
  partitionKey: string,
  messages: readonly OutboxMessage[],
): TransactionAction[] =>
  messages.map((message) => [
    'upsert',
    { partitionKey, rowKey: outboxRowKey(message.event.id), ...toMessageColumns(message) },
    'Replace',
  ]);

async function withHint<T>(
  table: TableClient,
  outbox: TableClient,
  partition: string,
  [first]: readonly OutboxMessage[],
  write: () => Promise<T>,
): Promise<T> {
  if (!first) return write();
  const hint = ensureHint(outbox, table.tableName, partition, first.event);
  try {
    return await write();
  } finally {
    await waitAtMost(hint, maxHintMs);
  }
}

/** When hints were written, in ms since the epoch, by their keys and by outbox. */
const knownHints = new WeakMap<TableClient, BoundedMap<number>>();

async function ensureHint(
  outbox: TableClient,
  table: string,
  partition: string,
  { id, tenantId }: OutboxMessage['event'],
): Promise<void> {
  const known = knownHints.get(outbox) ?? new BoundedMap<number>(maxKnownHints);
  knownHints.set(outbox, known);
  const row = hintRow(table, partition, tenantId);
  const key = `${row.partitionKey}/${row.rowKey}`;
  // The row is not older than its request.
  const at = Date.now();
  const age = at - (known.get(key) ?? -Infinity);
  if (age >= 0 && age < hintValidMs) return;
  try {
    await outbox.upsertEntity(row, 'Replace');
    known.set(key, at);
  } catch (error) {
    logFailure('outbox.hint_failed', error, { table, eventId: id });
  }
}
