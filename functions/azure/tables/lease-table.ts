/** LeaseStore in Table Storage. PartitionKey: tenant. RowKey: `lease-{connectorId}`, beside the connector. */
import type { TableClient } from '@azure/data-tables';
import { z } from 'zod';
import type { ConnectorDependent } from '../../connectors/ports';
import type { LeaseStore } from '../../credentials/ports';
import type { ConnectorKey } from '../../storage/connector-key';
import type { Stored } from '../../storage/stored';
import { createRow, deleteRow, replaceRow, storedEtag } from '../table-storage/conditional-write';
import { onStatus } from '../table-storage/table-client';

const columns = z.object({ until: z.iso.datetime() });

export class LeaseTable implements LeaseStore, ConnectorDependent {
  constructor(private readonly table: TableClient) {}

  async take(
    { tenantId, connectorId }: ConnectorKey,
    now: Date,
    until: Date,
  ): Promise<Stored<ConnectorKey> | undefined> {
    const rowKey = rowKeyOf(connectorId);
    const current = await this.table
      .getEntity(tenantId, rowKey)
      .then((row) => ({ ...columns.parse(row), etag: storedEtag(row) }))
      .catch(onStatus(404, () => undefined));
    if (current && Date.parse(current.until) > now.getTime()) return undefined;
    const lease = { partitionKey: tenantId, rowKey, until: until.toISOString() };
    const write = current
      ? replaceRow(this.table, lease, current.etag)
      : createRow(this.table, lease);
    // Any of these means that another worker took or released the lease since it was read.
    const etag = await write
      .catch(onStatus(409, () => undefined))
      .catch(onStatus(412, () => undefined))
      .catch(onStatus(404, () => undefined));
    return etag === undefined ? undefined : { tenantId, connectorId, etag };
  }

  async release({ tenantId, connectorId, etag }: Stored<ConnectorKey>): Promise<void> {
    await deleteRow(this.table, { partitionKey: tenantId, rowKey: rowKeyOf(connectorId) }, etag)
      .catch(onStatus(412, () => undefined))
      .catch(onStatus(404, () => undefined));
  }

  async deleteConnector({ tenantId, connectorId }: ConnectorKey): Promise<void> {
    await deleteRow(this.table, { partitionKey: tenantId, rowKey: rowKeyOf(connectorId) });
  }
}

const rowKeyOf = (connectorId: string) => `lease-${connectorId}`;
