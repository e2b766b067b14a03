/**
 * Transactions that depend on no version of a row: upserts, deletes, and a row that must exist. They
 * may be repeated, and may overlap with others of the same kind.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  RestError,
  type TableClient,
  type TableEntity,
  type TransactionAction,
} from '@azure/data-tables';
import type { RowKey } from './conditional-write';
import { onStatus } from './table-client';

/** Attempts of a transaction that meets others, and the first pause between them, which doubles. */
const maxOverlaps = 6;
const firstPauseMs = 10;

/** A transaction that may be repeated: upserts, and deletes whose 404 the caller accepts. */
export async function submitUnconditional(
  table: TableClient,
  actions: readonly TransactionAction[],
): Promise<void> {
  if (actions.some(([verb]) => verb === 'create' || verb === 'update'))
    throw new Error('A conditional action needs writeRows().');
  await submitForAnyVersion(table, actions);
}

/**
 * As `submitUnconditional`, but only while a row of the same partition exists. Throws a RestError with
 * status 404 if it does not. Any version of that row is accepted, so such transactions may overlap.
 */
export async function submitWhileExists(
  table: TableClient,
  actions: readonly TransactionAction[],
  { partitionKey, rowKey }: RowKey,
): Promise<void> {
  const fence: TransactionAction = ['update', { partitionKey, rowKey }, 'Merge', { etag: '*' }];
  await submitForAnyVersion(table, [fence, ...actions]);
}

/**
 * Submits actions that no version of a row excludes. 409 and 412 therefore mean only that another
 * transaction wrote the same row at the same time. Azure documents If-Match `*` as unconditional, but
 * promises nothing about two transactions that overlap.
 */
export async function submitForAnyVersion(
  table: TableClient,
  actions: readonly TransactionAction[],
): Promise<void> {
  for (let attempt = 1; ; attempt++)
    try {
      await table.submitTransaction([...actions]);
      return;
    } catch (error) {
      const overlaps = error instanceof RestError && [409, 412].includes(error.statusCode ?? 0);
      if (!overlaps || attempt === maxOverlaps) throw error;
      await sleep(Math.random() * firstPauseMs * 2 ** attempt);
    }
}

/**
 * Creates a row whose key determines its content: a row that exists is the same, also if it is from an
 * attempt whose response was lost. Costs one request, while a conditional write may need two.
 */
export async function createOnce(table: TableClient, row: TableEntity<object>): Promise<void> {
  await table.createEntity(row).catch(onStatus(409, () => undefined));
}
