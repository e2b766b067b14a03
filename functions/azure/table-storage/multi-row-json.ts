/**
 * Stores JSON that may exceed one row in `{row}`, `{row}|0`, `{row}|1`, … One transaction writes all
 * of them: rows of two versions cannot be read together, and a writer that must read first could
 * never repair them.
 */
import type { TableClient, TransactionAction } from '@azure/data-tables';
import { toTransactions } from './batching';
import { submitUnconditional } from './conditional-write';
import { toGzipColumns } from './gzip-columns';

interface FirstRow {
  readonly partitionKey: string;
  readonly rowKey: string;
  /** Columns beside the JSON. */
  readonly [column: string]: string | number;
}

export async function upsertMultiRow(
  table: TableClient,
  row: FirstRow,
  json: string,
): Promise<void> {
  const { partitionKey, rowKey } = row;
  const { own, more } = toGzipColumns(json);
  const first = { ...row, ...own };
  if (more.length === 0) return void (await table.upsertEntity(first, 'Replace'));
  const continuations = more.map((columns, n) => ({
    partitionKey,
    rowKey: continuationRowKey(rowKey, n),
    ...columns,
  }));
  const actions = [...continuations, first].map((each): TransactionAction => [
    'upsert',
    each,
    'Replace',
  ]);
  // One transaction for up to two million gzipped bytes: tens of thousands of resources of a kind.
  for (const transaction of toTransactions([actions]).flat())
    await submitUnconditional(table, transaction);
}

export const continuationRowKey = (rowKey: string, n: number) => `${rowKey}|${n}`;
