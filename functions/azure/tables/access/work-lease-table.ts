/** WorkLeaseStore in Table Storage. The keys are in access-keys.ts. */
import type { TableClient } from '@azure/data-tables';
import { z } from 'zod';
import type { DirectoryKey } from '../../../access/directory';
import type { WorkLease, WorkLeaseStore } from '../../../access/ports';
import {
  createRow,
  deleteRow,
  replaceRow,
  storedEtag,
} from '../../table-storage/conditional-write';
import { onStatus } from '../../table-storage/table-client';
import { directoryPartition } from '../directory/directory-keys';
import { leaseRowKey } from './access-keys';

const columns = z.object({ until: z.iso.datetime() });

export class WorkLeaseTable implements WorkLeaseStore {
  constructor(private readonly table: TableClient) {}

  async take(
    key: DirectoryKey,
    name: string,
    now: Date,
    until: Date,
  ): Promise<WorkLease | undefined> {
    const row = {
      partitionKey: directoryPartition(key),
      rowKey: leaseRowKey(name),
      until: until.toISOString(),
    };
    const current = await this.table
      .getEntity(row.partitionKey, row.rowKey)
      .then((read) => ({ ...columns.parse(read), etag: storedEtag(read) }))
      .catch(onStatus(404, () => undefined));
    if (current && Date.parse(current.until) > now.getTime()) return undefined;
    const write = current ? replaceRow(this.table, row, current.etag) : createRow(this.table, row);
    // Any of these means that another worker took or released the lease since it was read.
    const etag = await write
      .catch(onStatus(409, () => undefined))
      .catch(onStatus(412, () => undefined))
      .catch(onStatus(404, () => undefined));
    return etag === undefined ? undefined : { etag };
  }

  async renew(
    key: DirectoryKey,
    name: string,
    { etag }: WorkLease,
    until: Date,
  ): Promise<WorkLease | undefined> {
    const row = {
      partitionKey: directoryPartition(key),
      rowKey: leaseRowKey(name),
      until: until.toISOString(),
    };
    const renewed = await replaceRow(this.table, row, etag)
      .catch(onStatus(412, () => undefined))
      .catch(onStatus(404, () => undefined));
    return renewed === undefined ? undefined : { etag: renewed };
  }

  release(key: DirectoryKey, name: string, { etag }: WorkLease): Promise<boolean> {
    const rowKey = leaseRowKey(name);
    const takenOver = () => false;
    return deleteRow(this.table, { partitionKey: directoryPartition(key), rowKey }, etag)
      .then(() => true)
      .catch(onStatus(412, takenOver))
      .catch(onStatus(404, takenOver));
  }
}
