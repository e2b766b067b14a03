/**
 * RequestLogStore in Table Storage. PartitionKey: `{tenant}|{connection}`. RowKey: an inverted ULID,
 * so the newest request is first.
 */
import { odata, type TableClient, type TransactionAction } from '@azure/data-tables';
import type { DirectoryKey } from '../../../provisioning/directory/directory';
import type { RequestLogStore } from '../../../provisioning/ports';
import {
  loggedRequest,
  type LoggedRequest,
} from '../../../provisioning/request-log/logged-request';
import type { Page, PageRequest } from '../../../storage/page';
import { firstUlid, invertUlid } from '../../../storage/ulid';
import { toTransactions } from '../../table-storage/batching';
import { submitUnconditional } from '../../table-storage/unconditional-write';
import { deleteAfterKey, deleteWhere } from '../../table-storage/row-deletion';
import { readPage } from '../../table-storage/table-client';
import { directoryPartition } from './directory-keys';

export class RequestLogTable implements RequestLogStore {
  constructor(private readonly table: TableClient) {}

  async append(key: DirectoryKey, requests: readonly LoggedRequest[]): Promise<void> {
    const partitionKey = directoryPartition(key);
    const upserts = requests.map(({ id, ...columns }): TransactionAction[] => [
      ['upsert', { partitionKey, rowKey: id, ...columns }, 'Replace'],
    ]);
    for (const transaction of toTransactions(upserts).flat())
      await submitUnconditional(this.table, transaction);
  }

  list(key: DirectoryKey, page: PageRequest): Promise<Page<LoggedRequest>> {
    const filter = odata`PartitionKey eq ${directoryPartition(key)}`;
    return readPage(this.table, filter, page, (row) =>
      loggedRequest.parse({ ...row, id: (row as { readonly rowKey: string }).rowKey }),
    );
  }

  deleteBefore(time: Date, checkpoint?: string): AsyncIterable<string> {
    return deleteAfterKey(this.table, invertUlid(firstUlid(time)), checkpoint);
  }

  deleteOfConnection(key: DirectoryKey): Promise<void> {
    return deleteWhere(this.table, odata`PartitionKey eq ${directoryPartition(key)}`);
  }
}
