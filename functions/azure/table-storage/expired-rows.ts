/**
 * Deletes rows whose column `expiresAt` (ISO 8601) has passed. A row renewed in the meantime stays.
 */
import { odata, type TableClient } from '@azure/data-tables';
import { deleteRow } from './conditional-write';
import { onStatus } from './table-client';

/** Yields the key of each row that it deleted. */
export async function* deleteExpiredRows(table: TableClient, now: Date): AsyncGenerator<string> {
  const filter = odata`expiresAt lt ${now.toISOString()}`;
  const rows = table.listEntities({
    queryOptions: { filter, select: ['PartitionKey', 'RowKey', 'expiresAt'] },
  });
  for await (const { partitionKey, rowKey, etag } of rows) {
    await deleteRow(table, { partitionKey: partitionKey!, rowKey: rowKey! }, etag)
      .catch(onStatus(412, () => undefined))
      .catch(onStatus(404, () => undefined));
    yield rowKey!;
  }
}
