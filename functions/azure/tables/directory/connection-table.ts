/**
 * ConnectionStore in Table Storage. PartitionKey: tenant. RowKeys: `connection-{id}`, `creations` and
 * `use-{connection}-{token}`. The owner of a token must be found without its tenant: PartitionKey
 * `token-{token id}`, RowKey `owner`.
 */
import { odata, type TableClient, type TransactionAction } from '@azure/data-tables';
import { z } from 'zod';
import { ConflictError, StaleError } from '../../../errors/app-error';
import {
  storedConnection,
  type ProvisioningConnection,
} from '../../../provisioning/connections/connection';
import type { TokenUse } from '../../../provisioning/connections/token';
import type { OutboxMessage } from '../../../events/ports';
import type { DirectoryKey } from '../../../provisioning/directory/directory';
import type { ConnectionStore } from '../../../provisioning/ports';
import type { Stored } from '../../../storage/stored';
import { createRow, deleteRow, storedEtag, upsertRow } from '../../table-storage/conditional-write';
import { jsonColumn } from '../../table-storage/json-column';
import { writeWithEvents } from '../../table-storage/outbox-rows';
import { deleteWhere } from '../../table-storage/row-deletion';
import { onStatus, prefixRange, throwAs } from '../../table-storage/table-client';

const prefix = 'connection-';
const ownerRowKey = 'owner';

const columns = z.object({ connection: jsonColumn(storedConnection) });
const ownerColumns = z.object({ tenantId: z.string(), connectionId: z.string() });
const useColumns = z.object({ at: z.string(), ip: z.string().exactOptional() });

const idTaken = throwAs(
  ConflictError,
  'provisioning_connection_id_taken',
  'The id of the new connection belongs to another one. Repeat the request.',
);
const outdated = throwAs(
  StaleError,
  'provisioning_connection_changed',
  'The provisioning connection changed since it was read. Read it again.',
);

export class ConnectionTable implements ConnectionStore {
  constructor(
    private readonly table: TableClient,
    private readonly outbox: TableClient,
  ) {}

  async get({
    tenantId,
    connectionId,
  }: DirectoryKey): Promise<Stored<ProvisioningConnection> | undefined> {
    const row = await this.table
      .getEntity(tenantId, `${prefix}${connectionId}`)
      .catch(onStatus(404, () => undefined));
    return row && toConnection(row);
  }

  async list(tenantId: string): Promise<readonly Stored<ProvisioningConnection>[]> {
    const connections: Stored<ProvisioningConnection>[] = [];
    const filter = odata`PartitionKey eq ${tenantId} and ` + connectionRange;
    for await (const row of this.table.listEntities({ queryOptions: { filter } }))
      connections.push(toConnection(row));
    return connections;
  }

  async *listKeys(tenantId?: string): AsyncGenerator<DirectoryKey> {
    const filter =
      tenantId === undefined
        ? connectionRange
        : odata`PartitionKey eq ${tenantId} and ` + connectionRange;
    const queryOptions = { filter, select: ['PartitionKey', 'RowKey'] };
    for await (const { partitionKey, rowKey } of this.table.listEntities({ queryOptions }))
      yield { tenantId: partitionKey!, connectionId: rowKey!.slice(prefix.length) };
  }

  async getCreations(tenantId: string): Promise<string> {
    const row = creationsRow(tenantId);
    const read = () => this.table.getEntity(row.partitionKey, row.rowKey);
    const found = await read().catch(
      onStatus(404, async () => {
        await createRow(this.table, row).catch(onStatus(409, () => undefined));
        return read();
      }),
    );
    return storedEtag(found);
  }

  /** Of two creations that counted the same connections, only one replaces the row `creations`. */
  async create(
    connection: ProvisioningConnection,
    events: readonly OutboxMessage[] = [],
    creations?: string,
  ): Promise<Stored<ProvisioningConnection>> {
    const guard = creationsRow(connection.tenantId);
    const actions: TransactionAction[] = [
      ['create', toRow(connection)],
      ...(creations === undefined
        ? []
        : [['update', guard, 'Replace', { etag: creations }] satisfies TransactionAction]),
    ];
    const etag = await writeWithEvents(this.table, this.outbox, actions, events)
      .catch(onStatus(409, idTaken))
      .catch(onStatus(412, outdated));
    return { ...connection, etag };
  }

  async replace(
    connection: Stored<ProvisioningConnection>,
    events: readonly OutboxMessage[] = [],
  ): Promise<Stored<ProvisioningConnection>> {
    const { etag: stored } = connection;
    const actions: TransactionAction[] = [
      ['update', toRow(connection), 'Replace', { etag: stored }],
    ];
    const etag = await writeWithEvents(this.table, this.outbox, actions, events)
      .catch(onStatus(412, outdated))
      .catch(onStatus(404, outdated));
    return { ...connection, etag };
  }

  delete({ tenantId, connectionId }: DirectoryKey): Promise<void> {
    return deleteRow(this.table, { partitionKey: tenantId, rowKey: `${prefix}${connectionId}` });
  }

  putTokenOwner(tokenId: string, { tenantId, connectionId }: DirectoryKey): Promise<void> {
    return upsertRow(this.table, { ...ownerKey(tokenId), tenantId, connectionId });
  }

  async getTokenOwner(tokenId: string): Promise<DirectoryKey | undefined> {
    const { partitionKey, rowKey } = ownerKey(tokenId);
    const row = await this.table
      .getEntity(partitionKey, rowKey)
      .catch(onStatus(404, () => undefined));
    return row && ownerColumns.parse(row);
  }

  deleteTokenOwner(tokenId: string): Promise<void> {
    return deleteRow(this.table, ownerKey(tokenId));
  }

  putTokenUse(
    { tenantId, connectionId }: DirectoryKey,
    tokenId: string,
    { at, ip }: TokenUse,
  ): Promise<void> {
    return upsertRow(this.table, {
      partitionKey: tenantId,
      rowKey: `${usePrefix(connectionId)}${tokenId}`,
      at,
      ...(ip !== undefined && { ip }),
    });
  }

  async listTokenUses(key: DirectoryKey): Promise<ReadonlyMap<string, TokenUse>> {
    const uses = new Map<string, TokenUse>();
    const prefixLength = usePrefix(key.connectionId).length;
    for await (const row of this.table.listEntities({ queryOptions: { filter: usesOf(key) } }))
      uses.set(row.rowKey!.slice(prefixLength), useColumns.parse(row));
    return uses;
  }

  deleteTokenUses(key: DirectoryKey): Promise<void> {
    return deleteWhere(this.table, usesOf(key));
  }
}

const creationsRow = (tenantId: string) => ({ partitionKey: tenantId, rowKey: 'creations' });
const usePrefix = (connectionId: string) => `use-${connectionId}-`;

function usesOf({ tenantId, connectionId }: DirectoryKey): string {
  const { from, to } = prefixRange(usePrefix(connectionId));
  return odata`PartitionKey eq ${tenantId} and RowKey ge ${from} and RowKey lt ${to}`;
}

const { from, to } = prefixRange(prefix);
const connectionRange = odata`RowKey ge ${from} and RowKey lt ${to}`;

const ownerKey = (tokenId: string) => ({
  partitionKey: `token-${tokenId}`,
  rowKey: ownerRowKey,
});

function toRow({ tenantId, id, ...connection }: ProvisioningConnection) {
  return {
    partitionKey: tenantId,
    rowKey: `${prefix}${id}`,
    connection: JSON.stringify(storedConnection.parse(connection)),
  };
}

const toConnection = (row: {
  readonly partitionKey?: string;
  readonly rowKey?: string;
  readonly etag: string;
}): Stored<ProvisioningConnection> => ({
  ...columns.parse(row).connection,
  tenantId: row.partitionKey!,
  id: row.rowKey!.slice(prefix.length),
  etag: storedEtag(row),
});
