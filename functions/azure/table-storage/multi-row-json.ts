/**
 * Writing JSON that one row may not hold: `{row}`, and `{row}|0`, `{row}|1`, … that go on with it. In one transaction,
 * since rows of two writings give nothing that can be read, and whoever has to read before writing never would again.
 */
import type { TableClient, TransactionAction } from '@azure/data-tables';
import { toGzipColumns } from './gzip-columns';
import { toTransactions } from './batching';

interface PackedRow {
  readonly partitionKey: string;
  readonly rowKey: string;
  /** Columns of the row itself. */
  readonly [column: string]: string | number;
}

export async function upsertMultiRow(
  table: TableClient,
  row: PackedRow,
  json: string,
): Promise<void> {
  const { partitionKey, rowKey } = row;
  const { own, more } = toGzipColumns(json);
  const first = { ...row, ...own };
  if (more.length === 0) return void (await table.upsertEntity(first, 'Replace'));
  const further = more.map((part, n) => ({
    partitionKey,
    rowKey: continuationRowKey(rowKey, n),
    ...part,
  }));
  const actions = [...further, first].map((each): TransactionAction => ['upsert', each, 'Replace']);
  // One, up to two million packed bytes: tens of thousands of resources of a kind in a factory.
  for (const transaction of toTransactions([actions]).flat())
    await table.submitTransaction(transaction);
}

export const continuationRowKey = (rowKey: string, n: number) => `${rowKey}|${n}`;
