/** Deletes many rows. A row that does not exist any more is no failure. */
import { odata, type TableClient, type TransactionAction } from '@azure/data-tables';
import { endless, type Stretch } from '../../concurrency/stretch';
import { deleteRow } from './conditional-write';
import { submitUnconditional } from './unconditional-write';
import { isNoOutboxRow } from './outbox-rows';
import { onStatus } from './table-client';

interface Key {
  readonly partitionKey: string;
  readonly rowKey: string;
}

const maxRowsPerTransaction = 100;

/** Deletes any number of rows of any partitions. */
export async function deleteRows(table: TableClient, keys: readonly Key[]): Promise<void> {
  const byPartition = new Map<string, Key[]>();
  for (const key of keys) {
    const partition = byPartition.get(key.partitionKey) ?? [];
    partition.push(key);
    byPartition.set(key.partitionKey, partition);
  }
  for (const partition of byPartition.values())
    for (let first = 0; first < partition.length; first += maxRowsPerTransaction)
      await deleteInTransaction(table, partition.slice(first, first + maxRowsPerTransaction));
}

/** Deletes every row that matches the filter, or as many as the stretch allows. */
export async function deleteWhere(
  table: TableClient,
  filter: string,
  stretch: Stretch = endless,
): Promise<void> {
  for await (const keys of keysWhere(table, filter)) {
    await deleteRows(table, keys);
    if (stretch.isOver) return;
  }
}

/**
 * Deletes the rows after an inverted ULID in one partition after the other: the old rows, without
 * reading newer ones. Rows with other keys, such as events of changes, stay. Yields the last finished
 * partition, which a later call takes as `afterPartition` to continue there.
 */
export async function* deleteAfterKey(
  table: TableClient,
  rowKey: string,
  afterPartition = '',
): AsyncGenerator<string> {
  let finished = afterPartition;
  for (;;) {
    const partition = await nextPartition(table, finished);
    if (partition === undefined) return;
    const filter =
      odata`PartitionKey eq ${partition} and RowKey gt ${rowKey}` + ` and ${isNoOutboxRow}`;
    for await (const keys of keysWhere(table, filter)) {
      await deleteRows(table, keys);
      yield finished;
    }
    finished = partition;
    yield finished;
  }
}

/** The first partition after another one; undefined at the end. */
export async function nextPartition(
  table: TableClient,
  after: string,
): Promise<string | undefined> {
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

/** One missing row fails a transaction as a whole. Then each row is deleted by itself. */
async function deleteInTransaction(table: TableClient, keys: readonly Key[]): Promise<void> {
  const actions = keys.map(({ partitionKey, rowKey }): TransactionAction => [
    'delete',
    { partitionKey, rowKey },
  ]);
  const deleteOneByOne = async () => {
    await Promise.all(keys.map((key) => deleteRow(table, key)));
  };
  await submitUnconditional(table, actions).catch(onStatus(404, deleteOneByOne));
}
