/** Leases in Table Storage: PartitionKey is the tenant, RowKey `lease-<connector>`, beside the connector itself. */
import type { TableClient } from '@azure/data-tables';
import { z } from 'zod';
import type { ConnectorKey, ConnectorDependent, LeaseStore } from '../../connectors/ports';
import type { Stored } from '../../storage/stored';
import { on } from '../table-storage/table-client';

const row = z.object({ until: z.iso.datetime(), etag: z.string() });

export class LeaseTable implements LeaseStore, ConnectorDependent {
  constructor(private readonly table: TableClient) {}

  async take(
    { tenantId, id }: ConnectorKey,
    now: Date,
    until: Date,
  ): Promise<Stored<ConnectorKey> | undefined> {
    const held = await this.table
      .getEntity(tenantId, keyOf(id))
      .then((entity) => row.parse(entity))
      .catch(on(404, () => undefined));
    if (held && Date.parse(held.until) > now.getTime()) return undefined;
    const lease = { partitionKey: tenantId, rowKey: keyOf(id), until: until.toISOString() };
    const writing = held
      ? this.table.updateEntity(lease, 'Replace', { etag: held.etag })
      : this.table.createEntity(lease);
    // Taken, replaced or released since it was read: somebody else is at it.
    const written = await writing
      .catch(on(409, () => undefined))
      .catch(on(412, () => undefined))
      .catch(on(404, () => undefined));
    return written && { tenantId, id, etag: written.etag! };
  }

  async release({ tenantId, id, etag }: Stored<ConnectorKey>): Promise<void> {
    await this.table
      .deleteEntity(tenantId, keyOf(id), { etag })
      .catch(on(412, () => undefined))
      .catch(on(404, () => undefined));
  }

  async deleteConnector(tenantId: string, connectorId: string): Promise<void> {
    await this.table.deleteEntity(tenantId, keyOf(connectorId)).catch(on(404, () => undefined));
  }
}

const keyOf = (connectorId: string) => `lease-${connectorId}`;
