/** LeaseStore in Table Storage. PartitionKey: tenant. RowKey: `lease-{connectorId}`, beside the connector. */
import type { TableClient } from '@azure/data-tables';
import { z } from 'zod';
import type { ConnectorDependent } from '../../connectors/ports';
import type { LeaseStore } from '../../credentials/ports';
import type { ConnectorKey } from '../../storage/connector-key';
import type { Stored } from '../../storage/stored';
import { onStatus } from '../table-storage/table-client';

const columns = z.object({ until: z.iso.datetime(), etag: z.string() });

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
      .then((row) => columns.parse(row))
      .catch(onStatus(404, () => undefined));
    if (current && Date.parse(current.until) > now.getTime()) return undefined;
    const lease = { partitionKey: tenantId, rowKey, until: until.toISOString() };
    const write = current
      ? this.table.updateEntity(lease, 'Replace', { etag: current.etag })
      : this.table.createEntity(lease);
    // Any of these means that another worker took or released the lease since it was read.
    const written = await write
      .catch(onStatus(409, () => undefined))
      .catch(onStatus(412, () => undefined))
      .catch(onStatus(404, () => undefined));
    return written && { tenantId, connectorId, etag: written.etag! };
  }

  async release({ tenantId, connectorId, etag }: Stored<ConnectorKey>): Promise<void> {
    await this.table
      .deleteEntity(tenantId, rowKeyOf(connectorId), { etag })
      .catch(onStatus(412, () => undefined))
      .catch(onStatus(404, () => undefined));
  }

  async deleteConnector({ tenantId, connectorId }: ConnectorKey): Promise<void> {
    await this.table
      .deleteEntity(tenantId, rowKeyOf(connectorId))
      .catch(onStatus(404, () => undefined));
  }
}

const rowKeyOf = (connectorId: string) => `lease-${connectorId}`;
