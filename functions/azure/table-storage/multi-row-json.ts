/**
 * Stores JSON that may exceed one row in `{row}`, `{row}|0`, `{row}|1`, … One transaction writes all
 * of them: rows of two versions cannot be read together, and a writer that must read first could
 * never repair them.
 */
import type { TableClient, TransactionAction } from '@azure/data-tables';
import { toTransactions } from './batching';
import { writeRows } from './conditional-write';
import { toGzipColumns } from './gzip-columns';

interface FirstRow {
  readonly partitionKey: string;
  readonly rowKey: string;
  /** Columns beside the JSON. */
  readonly [column: string]: string | number | Uint8Array;
}

/**
 * Stores the JSON only if a row of the same partition is still the stored version: `guard` names it,
 * and may be the first row itself. Returns the new etag of that row. Throws a RestError with status 412
 * or 404 if it changed.
 */
export async function writeMultiRow(
  table: TableClient,
  row: FirstRow,
  json: string,
  guard: { readonly rowKey: string; readonly etag: string },
  /** Further rows of the partition, for the last transaction. */
  others: readonly TransactionAction[] = [],
): Promise<string> {
  const { partitionKey } = row;
  let { etag } = guard;
  // One transaction for up to two million gzipped bytes: tens of thousands of resources of a kind.
  const transactions = toTransactions([toUpserts(row, json)], 1 + others.length).flat();
  for (const [n, rows] of transactions.entries()) {
    const transaction = n === transactions.length - 1 ? [...rows, ...others] : rows;
    const isGuard = ([, { rowKey }]: TransactionAction) => rowKey === guard.rowKey;
    const own = transaction.find(isGuard);
    const guarded: TransactionAction = own
      ? ['update', own[1], 'Replace', { etag }]
      : ['update', { partitionKey, rowKey: guard.rowKey }, 'Merge', { etag }];
    etag = await writeRows(table, [guarded, ...transaction.filter((each) => !isGuard(each))]);
  }
  return etag;
}

/** The rows of the JSON as actions of one transaction. The first row is last: it names the others. */
export function toUpserts(row: FirstRow, json: string): TransactionAction[] {
  const { partitionKey, rowKey } = row;
  const { own, more } = toGzipColumns(json);
  const continuations = more.map((columns, n) => ({
    partitionKey,
    rowKey: continuationRowKey(rowKey, n),
    ...columns,
  }));
  return [...continuations, { ...row, ...own }].map((each) => ['upsert', each, 'Replace']);
}

export const continuationRowKey = (rowKey: string, n: number) => `${rowKey}|${n}`;
