/**
 * ConnectorStore in Table Storage. PartitionKey: tenant. RowKey: `connector-{id}`. A row `name-{hash}`
 * in the same partition reserves the name of the connector and is written in the same transaction, as
 * are the events of the change. A row `creations` serializes the creations of a tenant and has a
 * number that the tenant's connectors do not exceed, so that they are counted only near the maximum.
 */
import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  odata,
  type TableClient,
  type TableEntityResult,
  type TransactionAction,
} from '@azure/data-tables';
import { z } from 'zod';
import { BoundedMap } from '../../concurrency/bounded-map';
import { ConcurrencyLimiter } from '../../concurrency/concurrency-limiter';
import { KeyedPool } from '../../concurrency/keyed-pool';
import { isDeleting } from '../../connectors/connection';
import type { Connector, ConnectorSummary } from '../../connectors/connector';
import type { ConnectorStore } from '../../connectors/ports';
import { ConflictError, StaleError, ThrottledError } from '../../errors/app-error';
import { logFailure } from '../../errors/log-failure';
import type { ConnectorKey } from '../../storage/connector-key';
import type { Page, PageRequest } from '../../storage/page';
import type { Stored } from '../../storage/stored';
import type { OutboxMessage } from '../../events/ports';
import {
  createRow,
  deleteRow,
  storedEtag,
  upsertRow,
  type WrittenEtags,
} from '../table-storage/conditional-write';
import { writeWithEventsForEtags } from '../table-storage/outbox-rows';
import { hashedKey, onStatus, prefixRange, throwAs } from '../table-storage/table-client';
import {
  connectorPrefix,
  connectorRowKey,
  summaryColumnNames,
  toConnector,
  toConnectorRow,
  toConnectorSummary,
} from './connector-row';

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

/** The row `creations`. */
interface Creations {
  readonly etag: string;
  /** At least the number of connectors: deletions do not change it. */
  readonly countAtMost?: number | undefined;
}

const creationsColumns = z.object({ countAtMost: z.number().optional() });

const maxKnownTenants = 1_000;
const maxKnownNames = 2_000;
const maxCreateAttempts = 10;

const creationsRow = (tenantId: string) => ({ partitionKey: tenantId, rowKey: 'creations' });

export class ConnectorTable implements ConnectorStore {
  private readonly creations = new KeyedPool<ConcurrencyLimiter>(({ isIdle }) => isIdle);
  /** Rows `creations` that this worker wrote last, by tenant. */
  private readonly knownCreations = new BoundedMap<Creations>(maxKnownTenants);
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

  list(
    tenantId: string,
    page: PageRequest,
    onUnreadable?: (error: unknown) => void,
  ): Promise<Page<Stored<Connector>>> {
    const parse = (row: TableEntityResult<object>) => this.withKnownName(toConnector(row));
    return this.readPage(tenantId, page, parse, onUnreadable);
  }

  listSummaries(tenantId: string, page: PageRequest): Promise<Page<ConnectorSummary>> {
    return this.readPage(tenantId, page, toConnectorSummary, undefined, summaryColumnNames);
  }

  /**
   * The row `creations` of the tenant is written in the transaction on condition of the version whose
   * number was used, so of two creations that use the same number only one succeeds.
   */
  async create(
    connector: Connector,
    events: readonly OutboxMessage[] = [],
    maxConnectors = Infinity,
  ): Promise<Stored<Connector>> {
    const { tenantId } = connector;
    await this.rememberTenant(tenantId);
    // One after the other in a worker, so that only workers compete for the row.
    return this.creations
      .getOrCreate(tenantId, () => new ConcurrencyLimiter(1))
      .run(() => this.createNext(connector, events, maxConnectors));
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
    const { first } = await this.write(actions, events);
    return this.withKnownName({ ...connector, etag: first });
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

  private async createNext(
    connector: Connector,
    events: readonly OutboxMessage[],
    maxConnectors: number,
  ): Promise<Stored<Connector>> {
    const { tenantId } = connector;
    for (let attempt = 1; attempt <= maxCreateAttempts; attempt++) {
      const known = this.knownCreations.get(tenantId);
      const { etag, countAtMost } = known ?? (await this.readCreations(tenantId));
      this.knownCreations.delete(tenantId);
      const count =
        countAtMost === undefined || countAtMost >= maxConnectors
          ? await this.count(tenantId, maxConnectors)
          : countAtMost;
      if (count >= maxConnectors)
        throw new ConflictError(
          'too_many_connectors',
          `The tenant has the maximum of ${maxConnectors} connectors. Delete one that is not needed.`,
        );
      const creations = { ...creationsRow(tenantId), countAtMost: count + 1 };
      const actions: TransactionAction[] = [
        ['create', toConnectorRow(connector)],
        ['create', nameRow(connector)],
        ['update', creations, 'Replace', { etag }],
      ];
      try {
        const { first, ofActions } = await this.write(actions, events);
        if (ofActions[2] !== undefined)
          this.knownCreations.set(tenantId, { etag: ofActions[2], countAtMost: count + 1 });
        return this.withKnownName({ ...connector, etag: first });
      } catch (error) {
        if (!(error instanceof StaleError)) throw error;
        if (known) continue;
        // Workers that met once would meet again without a random pause.
        await sleep(randomInt(20, 100 * attempt));
      }
    }
    throw new ThrottledError(
      'connectors_busy',
      'Many connectors of the tenant are created at the moment. Repeat the request after a second.',
      1,
    );
  }

  private async readPage<T extends { readonly id: string }>(
    tenantId: string,
    { limit, continuation }: PageRequest,
    parse: (row: TableEntityResult<object>) => T,
    onUnreadable: (error: unknown) => void = () => undefined,
    select?: string[],
  ): Promise<Page<T>> {
    const tryToParse = (row: TableEntityResult<object>): T[] => {
      try {
        return [parse(row)];
      } catch (error) {
        logFailure('connector.row_unreadable', error, { tenantId });
        onUnreadable(error);
        return [];
      }
    };
    const { from, to } = prefixRange(connectorPrefix);
    const after = continuation === undefined ? from : connectorRowKey(continuation);
    const filter = odata`PartitionKey eq ${tenantId} and RowKey gt ${after} and RowKey lt ${to}`;
    const found: T[] = [];
    const pages = this.table
      .listEntities({ queryOptions: { filter, ...(select && { select }) } })
      .byPage({ maxPageSize: limit + 1 });
    for await (const page of pages) {
      found.push(...page.flatMap(tryToParse));
      if (found.length > limit) break;
    }
    const items = found.slice(0, limit);
    return found.length > limit ? { items, continuation: items.at(-1)!.id } : { items };
  }

  /** Number of connectors of the tenant. Reads keys only, and no more than `enough` needs. */
  private async count(tenantId: string, enough: number): Promise<number> {
    const { from, to } = prefixRange(connectorPrefix);
    const filter = odata`PartitionKey eq ${tenantId} and RowKey gt ${from} and RowKey lt ${to}`;
    const queryOptions = { filter, select: ['rowKey'] };
    let count = 0;
    for await (const page of this.table.listEntities({ queryOptions }).byPage()) {
      count += page.length;
      if (count >= enough) break;
    }
    return count;
  }

  /** The row that all creations of the tenant write. */
  private async readCreations(tenantId: string): Promise<Creations> {
    const { partitionKey, rowKey } = creationsRow(tenantId);
    const read = () => this.table.getEntity(partitionKey, rowKey);
    const row = await read().catch(
      onStatus(404, async () => {
        await createRow(this.table, creationsRow(tenantId)).catch(onStatus(409, () => undefined));
        return read();
      }),
    );
    return { ...creationsColumns.parse(row), etag: storedEtag(row) };
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
    actions: TransactionAction[],
    events: readonly OutboxMessage[],
  ): Promise<WrittenEtags> {
    return writeWithEventsForEtags(this.table, this.outbox, actions, events)
      .catch(onStatus(409, nameTaken))
      .catch(onStatus(412, outdated))
      .catch(onStatus(404, outdated));
  }
}

const versionKey = ({ tenantId, id, etag }: Stored<Connector>) => `${tenantId}/${id}/${etag}`;

const nameRow = ({ tenantId, id, name }: Connector) => ({
  partitionKey: tenantId,
  rowKey: nameRowKey(name),
  connectorId: id,
});
