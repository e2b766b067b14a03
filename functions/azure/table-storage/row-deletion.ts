/** Deleting many rows. What somebody else deleted already is no failure. */
import { odata, type TableClient, type TransactionAction } from '@azure/data-tables';
import { on } from './table-client';

interface Key {
  readonly partitionKey: string;
  readonly rowKey: string;
}

const rowsInTransaction = 100;

/** Any number of rows of any partitions. */
export async function deleteRows(table: TableClient, keys: readonly Key[]): Promise<void> {
  const byPartition = new Map<string, Key[]>();
  for (const key of keys) {
    const partition = byPartition.get(key.partitionKey) ?? [];
    partition.push(key);
    byPartition.set(key.partitionKey, partition);
  }
  for (const partition of byPartition.values())
    for (let from = 0; from < partition.length; from += rowsInTransaction)
      await deleteTogether(table, partition.slice(from, from + rowsInTransaction));
}

/** Every row that a filter finds. */
export async function deleteWhere(table: TableClient, filter: string): Promise<void> {
  for await (const keys of keysWhere(table, filter)) await deleteRows(table, keys);
}

/**
 * In one partition after the other, the rows behind a key: where keys count time backwards, the old ones. Rows before it
 * are not even read. Yields the last partition that is done.
 */
export async function* deleteAfterKey(
  table: TableClient,
  rowKey: string,
  after = '',
): AsyncGenerator<string> {
  let done = after;
  for (;;) {
    const partition = await partitionAfter(table, done);
    if (partition === undefined) return;
    const filter = odata`PartitionKey eq ${partition} and RowKey gt ${rowKey}`;
    for await (const keys of keysWhere(table, filter)) {
      await deleteRows(table, keys);
      yield done;
    }
    done = partition;
    yield done;
  }
}

async function partitionAfter(table: TableClient, after: string): Promise<string | undefined> {
  const queryOptions = { filter: odata`PartitionKey gt ${after}`, select: ['PartitionKey'] };
  const pages = table.listEntities({ queryOptions }).byPage({ maxPageSize: 1 });
  for await (const [first] of pages) if (first) return first.partitionKey;
  return undefined;
}

async function* keysWhere(table: TableClient, filter: string): AsyncGenerator<Key[]> {
  const queryOptions = { filter, select: ['PartitionKey', 'RowKey'] };
  const pages = table.listEntities({ queryOptions }).byPage({ maxPageSize: 1_000 });
  for await (const page of pages)
    yield page.map(({ partitionKey, rowKey }) => ({
      partitionKey: partitionKey!,
      rowKey: rowKey!,
    }));
}

/** One row that is not there fails a transaction as a whole; then each goes alone. */
async function deleteTogether(table: TableClient, keys: readonly Key[]): Promise<void> {
  const actions = keys.map(({ partitionKey, rowKey }): TransactionAction => [
    'delete',
    { partitionKey, rowKey },
  ]);
  const alone = () =>
    Promise.all(
      keys.map(({ partitionKey, rowKey }) =>
        table.deleteEntity(partitionKey, rowKey).catch(on(404, () => undefined)),
      ),
    );
  await table.submitTransaction(actions).catch(on(404, alone));
}
