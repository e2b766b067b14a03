/**
 * ConnectorStore in Table Storage. PartitionKey: tenant. RowKey: `connector-{id}`. A row `name-{hash}`
 * in the same partition reserves the name of the connector and is written in the same transaction, as
 * are the events of the change.
 */
import { odata, type TableClient, type TransactionAction } from '@azure/data-tables';
import { isDeleting } from '../../connectors/connection';
import type { Connector } from '../../connectors/connector';
import type { ConnectorStore } from '../../connectors/ports';
import { ConflictError, StaleError } from '../../errors/app-error';
import type { ConnectorKey } from '../../storage/connector-key';
import type { Page, PageRequest } from '../../storage/page';
import type { Stored } from '../../storage/stored';
import type { OutboxMessage } from '../../events/ports';
import { deleteRow, storedEtag, upsertRow } from '../table-storage/conditional-write';
import { writeWithEvents } from '../table-storage/outbox-rows';
import { hashedKey, onStatus, prefixRange, throwAs } from '../table-storage/table-client';
import { connectorPrefix, connectorRowKey, toConnector, toConnectorRow } from './connector-row';

const nameRowKey = (name: string) => `name-${hashedKey(name.normalize('NFKC').toLowerCase())}`;

const nameTaken = throwAs(
  ConflictError,
  'connector_name_taken',
  'Another connector has this name. Choose another name.',
);

function outdated(cause?: Error): never {
  throw new StaleError(
    'connector_changed',
    'The connector changed since it was read. Read it again.',
    { cause },
  );
}

const maxKnownNames = 2_000;

export class ConnectorTable implements ConnectorStore {
  private readonly knownTenants = new Set<string>();
  /** Row key of the name by version of a connector's row, so that a replace need not read the row. */
  private readonly knownNames = new Map<string, string>();

  constructor(
    private readonly table: TableClient,
    private readonly tenantTable: TableClient,
    private readonly outbox: TableClient,
  ) {}

  async get({ tenantId, connectorId }: ConnectorKey): Promise<Stored<Connector> | undefined> {
    const row = await this.table
      .getEntity(tenantId, connectorRowKey(connectorId))
      .catch(onStatus(404, () => undefined));
    return row && this.withKnownName(toConnector(row));
  }

  async list(
    tenantId: string,
    { limit, continuation }: PageRequest,
  ): Promise<Page<Stored<Connector>>> {
    const { from, to } = prefixRange(connectorPrefix);
    const after = continuation === undefined ? from : connectorRowKey(continuation);
    const filter = odata`PartitionKey eq ${tenantId} and RowKey gt ${after} and RowKey lt ${to}`;
    const found: Stored<Connector>[] = [];
    const pages = this.table
      .listEntities({ queryOptions: { filter } })
      .byPage({ maxPageSize: limit + 1 });
    for await (const page of pages) {
      found.push(...page.map((row) => this.withKnownName(toConnector(row))));
      if (found.length > limit) break;
    }
    const items = found.slice(0, limit);
    return found.length > limit ? { items, continuation: items.at(-1)!.id } : { items };
  }

  async create(
    connector: Connector,
    events: readonly OutboxMessage[] = [],
  ): Promise<Stored<Connector>> {
    await this.rememberTenant(connector.tenantId);
    const actions: TransactionAction[] = [
      ['create', toConnectorRow(connector)],
      ['create', nameRow(connector)],
    ];
    return this.write(connector, actions, events);
  }

  async replace(
    connector: Stored<Connector>,
    events: readonly OutboxMessage[] = [],
  ): Promise<Stored<Connector>> {
    const { tenantId, id, etag } = connector;
    const currentKey =
      this.knownNames.get(versionKey(connector)) ?? (await this.readName(connector));
    const nextKey = isDeleting(connector) ? undefined : nameRowKey(connector.name);
    const actions: TransactionAction[] = [
      ['update', toConnectorRow(connector), 'Replace', { etag }],
    ];
    if (nextKey !== currentKey) {
      if (await this.ownsName(tenantId, currentKey, id))
        actions.push(['delete', { partitionKey: tenantId, rowKey: currentKey }]);
      if (nextKey) actions.push(['create', nameRow(connector)]);
    }
    return this.write(connector, actions, events);
  }

  async delete(key: ConnectorKey): Promise<void> {
    const { tenantId, connectorId } = key;
    const connector = await this.get(key);
    if (!connector) return;
    const nameKey = nameRowKey(connector.name);
    const rowKeys = [connectorRowKey(connectorId)];
    // The name first, because an interrupted deletion is repeated while the connector exists.
    if (await this.ownsName(tenantId, nameKey, connectorId)) rowKeys.unshift(nameKey);
    for (const rowKey of rowKeys) await deleteRow(this.table, { partitionKey: tenantId, rowKey });
  }

  async *listTenants(): AsyncIterable<string> {
    for await (const { partitionKey } of this.tenantTable.listEntities()) yield partitionKey!;
  }

  /** Written before the tenant's first connector, so timers never miss a tenant. */
  private async rememberTenant(tenantId: string): Promise<void> {
    if (this.knownTenants.has(tenantId)) return;
    await upsertRow(this.tenantTable, { partitionKey: tenantId, rowKey: 'tenant' });
    this.knownTenants.add(tenantId);
  }

  /** Throws StaleError if the row has another version than the connector: its name may differ. */
  private async readName({ tenantId, id, etag }: Stored<Connector>): Promise<string> {
    const row = await this.table
      .getEntity(tenantId, connectorRowKey(id))
      .catch(onStatus(404, outdated));
    if (storedEtag(row) !== etag) return outdated();
    return nameRowKey(toConnector(row).name);
  }

  private withKnownName(connector: Stored<Connector>): Stored<Connector> {
    this.knownNames.set(versionKey(connector), nameRowKey(connector.name));
    if (this.knownNames.size > maxKnownNames)
      this.knownNames.delete(this.knownNames.keys().next().value!);
    return connector;
  }

  private async ownsName(tenantId: string, nameKey: string, id: string): Promise<boolean> {
    const row = await this.table
      .getEntity<{ connectorId: string }>(tenantId, nameKey)
      .catch(onStatus(404, () => undefined));
    return row?.connectorId === id;
  }

  private async write(
    connector: Connector,
    actions: TransactionAction[],
    events: readonly OutboxMessage[],
  ): Promise<Stored<Connector>> {
    const etag = await writeWithEvents(this.table, this.outbox, actions, events)
      .catch(onStatus(409, nameTaken))
      .catch(onStatus(412, outdated))
      .catch(onStatus(404, outdated));
    return this.withKnownName({ ...connector, etag });
  }
}

const versionKey = ({ tenantId, id, etag }: Stored<Connector>) => `${tenantId}/${id}/${etag}`;

const nameRow = ({ tenantId, id, name }: Connector) => ({
  partitionKey: tenantId,
  rowKey: nameRowKey(name),
  connectorId: id,
});
