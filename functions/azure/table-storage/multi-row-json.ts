/**
 * Stores JSON that may exceed one row in `{row}`, `{row}|0`, `{row}|1`, … One transaction writes all
 * of them: rows of two versions cannot be read together, and a writer that must read first could
 * never repair them.
 */
import type { TableClient, TransactionAction } from '@azure/data-tables';
import { toTransactions } from './batching';
import { createRow, writeRows } from './conditional-write';
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
export const writeMultiRow = (
  table: TableClient,
  row: FirstRow,
  json: string,
  guard: { readonly rowKey: string; readonly etag: string },
  /** Further rows of the partition, for the last transaction. */
  others: readonly TransactionAction[] = [],
): Promise<string> => writeMultiRows(table, [{ row, json }], guard, others);

export interface MultiRow {
  readonly row: FirstRow;
  readonly json: string;
}

/**
 * Stores several of them in as few transactions as possible, in their order. A guard without an etag
 * is the last row, which does not exist yet: RestError with status 409 if it does.
 */
export async function writeMultiRows(
  table: TableClient,
  rows: readonly MultiRow[],
  guard: { readonly rowKey: string; readonly etag?: string },
  others: readonly TransactionAction[] = [],
): Promise<string> {
  const last = rows.at(-1)!.row;
  const { partitionKey } = last;
  // One transaction for up to two million gzipped bytes: tens of thousands of resources of a kind.
  const groups = rows.map(({ row, json }) => toUpserts(row, json));
  const transactions = toTransactions(groups, 1 + others.length).flat();
  const isOnlyOne = transactions.length === 1;
  let etag = guard.etag ?? (isOnlyOne ? undefined : await createRow(table, last));
  for (const [n, actions] of transactions.entries()) {
    const transaction = n === transactions.length - 1 ? [...actions, ...others] : actions;
    const isGuard = ([, { rowKey }]: TransactionAction) => rowKey === guard.rowKey;
    const guarded = guardOf(
      { partitionKey, rowKey: guard.rowKey },
      transaction.find(isGuard),
      etag,
    );
    etag = await writeRows(table, [guarded, ...transaction.filter((each) => !isGuard(each))]);
  }
  return etag!;
}

/** `own` is the action that writes the row of the guard, if the transaction has one. */
function guardOf(
  key: { readonly partitionKey: string; readonly rowKey: string },
  own: TransactionAction | undefined,
  etag: string | undefined,
): TransactionAction {
  if (etag === undefined) return ['create', own![1]];
  return own ? ['update', own[1], 'Replace', { etag }] : ['update', key, 'Merge', { etag }];
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
