/**
 * Connectors in Table Storage: PartitionKey is the tenant, RowKey `connector-<id>`. Beside each lies a row
 * `name-<hash>` that holds its name, written in the same transaction, so that a name is taken once.
 */
import { odata, type TableClient, type TransactionAction } from '@azure/data-tables';
import { z } from 'zod';
import type { FactoryFilters } from '../../connectors/factory-filter';
import { isDeleting } from '../../connectors/connection';
import {
  connectedWith,
  connectorType,
  type Account,
  type Connection,
  type Connector,
  type Person,
  type SyncSummary,
} from '../../connectors/connector';
import type { ConnectorStore } from '../../connectors/ports';
import { ConflictError, StaleError } from '../../errors/app-error';
import type { Page, PageRequest } from '../../storage/page';
import type { Stored } from '../../storage/stored';
import type { StoredSchedule } from '../../connectors/schedule';
import { hashedKey, on, prefixRange } from '../table-storage/table-client';

const json = <T>() => z.string().transform((text) => JSON.parse(text) as T);

/** Named column by column: a row carries OData annotations that must not leak into the domain. */
const row = z.object({
  name: z.string(),
  type: connectorType,
  connectedWith: connectedWith.exactOptional(),
  credentialOwner: json<Person>(),
  account: json<Account>().exactOptional(),
  connection: json<Connection>(),
  secrets: json<Connector['secrets']>(),
  syncSummary: json<SyncSummary>().exactOptional(),
  schedule: json<StoredSchedule>().exactOptional(),
  filters: json<FactoryFilters>().exactOptional(),
  version: z.int(),
  createdAt: z.string(),
  createdBy: json<Person>(),
  updatedAt: z.string(),
});

const rowPrefix = 'connector-';
const keyOf = (id: string) => `${rowPrefix}${id}`;
const nameKeyOf = (name: string) => `name-${hashedKey(name.normalize('NFKC').toLowerCase())}`;

export class ConnectorTable implements ConnectorStore {
  /** Tenants this worker has noted already. */
  private readonly noted = new Set<string>();

  constructor(
    private readonly table: TableClient,
    private readonly tenantTable: TableClient,
  ) {}

  async get(tenantId: string, id: string): Promise<Stored<Connector> | undefined> {
    const found = await this.table.getEntity(tenantId, keyOf(id)).catch(on(404, () => undefined));
    return found && toConnector(found);
  }

  async list(
    tenantId: string,
    { limit, continuation }: PageRequest,
  ): Promise<Page<Stored<Connector>>> {
    const { from, to } = prefixRange(rowPrefix);
    const after = continuation === undefined ? from : keyOf(continuation);
    const filter = odata`PartitionKey eq ${tenantId} and RowKey gt ${after} and RowKey lt ${to}`;
    const items: Stored<Connector>[] = [];
    const pages = this.table
      .listEntities({ queryOptions: { filter } })
      .byPage({ maxPageSize: limit + 1 });
    for await (const page of pages) {
      items.push(...page.map(toConnector));
      if (items.length > limit) break;
    }
    const shown = items.slice(0, limit);
    return items.length > limit ? { items: shown, continuation: shown.at(-1)!.id } : { items };
  }

  async create(connector: Connector): Promise<Stored<Connector>> {
    await this.noteTenant(connector.tenantId);
    return this.write(connector, [
      ['create', toRow(connector)],
      ['create', nameRow(connector)],
    ]);
  }

  async replace(connector: Stored<Connector>): Promise<Stored<Connector>> {
    const { tenantId, id, etag } = connector;
    const held = await this.table
      .getEntity<{ name: string }>(tenantId, keyOf(id))
      .catch(on(404, stale));
    const heldKey = nameKeyOf(held.name);
    const nextKey = isDeleting(connector) ? undefined : nameKeyOf(connector.name);
    const actions: TransactionAction[] = [['update', toRow(connector), 'Replace', { etag }]];
    if (nextKey !== heldKey) {
      // Read at another version, the update is refused, and with it whatever is done to names.
      if (held.etag !== etag) return stale();
      if (await this.holds(tenantId, heldKey, id))
        actions.push(['delete', { partitionKey: tenantId, rowKey: heldKey }]);
      if (nextKey) actions.push(['create', nameRow(connector)]);
    }
    return this.write(connector, actions);
  }

  async delete(tenantId: string, id: string): Promise<void> {
    const connector = await this.get(tenantId, id);
    if (!connector) return;
    const nameKey = nameKeyOf(connector.name);
    const actions: TransactionAction[] = [
      ['delete', { partitionKey: tenantId, rowKey: keyOf(id) }],
    ];
    if (await this.holds(tenantId, nameKey, id))
      actions.push(['delete', { partitionKey: tenantId, rowKey: nameKey }]);
    await this.table.submitTransaction(actions).catch(on(404, () => undefined));
  }

  async *tenants(): AsyncIterable<string> {
    for await (const { partitionKey } of this.tenantTable.listEntities()) yield partitionKey!;
  }

  /** Noted before its first connector is, so that no timer ever misses one. */
  private async noteTenant(tenantId: string): Promise<void> {
    if (this.noted.has(tenantId)) return;
    await this.tenantTable.upsertEntity({ partitionKey: tenantId, rowKey: 'tenant' });
    this.noted.add(tenantId);
  }

  private async holds(tenantId: string, nameKey: string, id: string): Promise<boolean> {
    const holder = await this.table
      .getEntity<{ connectorId: string }>(tenantId, nameKey)
      .catch(on(404, () => undefined));
    return holder?.connectorId === id;
  }

  private async write(
    connector: Connector,
    actions: TransactionAction[],
  ): Promise<Stored<Connector>> {
    const { subResponses } = await this.table
      .submitTransaction(actions)
      .catch(on(409, taken))
      .catch(on(412, stale))
      .catch(on(404, stale));
    return { ...connector, etag: subResponses[0]!.etag! };
  }
}

function stale(): never {
  throw new StaleError('connector_changed', 'The connector changed since it was read.');
}

function taken(): never {
  throw new ConflictError('connector_name_taken', 'Another connector has this name.');
}

const nameRow = ({ tenantId, id, name }: Connector) => ({
  partitionKey: tenantId,
  rowKey: nameKeyOf(name),
  connectorId: id,
});

function toRow(connector: Connector) {
  const { name, type, version, createdAt, updatedAt, account, syncSummary, schedule } = connector;
  return {
    partitionKey: connector.tenantId,
    rowKey: keyOf(connector.id),
    name,
    type,
    version,
    createdAt,
    updatedAt,
    credentialOwner: JSON.stringify(connector.credentialOwner),
    connection: JSON.stringify(connector.connection),
    secrets: JSON.stringify(connector.secrets),
    createdBy: JSON.stringify(connector.createdBy),
    ...(connector.connectedWith && { connectedWith: connector.connectedWith }),
    ...(account && { account: JSON.stringify(account) }),
    ...(syncSummary && { syncSummary: JSON.stringify(syncSummary) }),
    ...(schedule && { schedule: JSON.stringify(schedule) }),
    ...(connector.filters && { filters: JSON.stringify(connector.filters) }),
  };
}

function toConnector(found: {
  partitionKey?: string;
  rowKey?: string;
  etag: string;
}): Stored<Connector> {
  return {
    ...row.parse(found),
    tenantId: found.partitionKey!,
    id: found.rowKey!.slice(rowPrefix.length),
    etag: found.etag,
  };
}
