/**
 * The catalogue in Table Storage. A factory is a partition, `{tenant}|{connector}|{factory hash}`; rows are
 * `{kind}|{name}`, `activity|{pipeline}|{path}`, and `body|{row}|{n}` for bodies larger than a row.
 */
import { setImmediate } from 'node:timers/promises';
import { odata, type TableClient, type TransactionAction } from '@azure/data-tables';
import type { CatalogRow, CatalogRowWithBody, CatalogStore, RowChange } from '../../catalog/ports';
import type { FactoryRef, ListedKind, ResourceKind } from '../../data-factory/resource';
import type { Json } from '../../data-factory/json';
import type { ConnectorKey } from '../../storage/connector-key';
import { factoryHash } from '../../data-factory/resource-id';
import type { Page, PageRequest } from '../../storage/page';
import { fromGzipColumns } from '../table-storage/gzip-columns';
import { listedColumns, toCatalogRow, toColumns } from './catalog-row';
import { ConcurrencyLimiter } from '../../concurrency/concurrency-limiter';
import { deleteWhere } from '../table-storage/row-deletion';
import { onStatus, readPage, prefixRange } from '../table-storage/table-client';
import { toTransactions } from '../table-storage/batching';

export class CatalogTable implements CatalogStore {
  /** Enough to keep the table busy; a partition takes about 20 full transactions a second. */
  private readonly writes = new ConcurrencyLimiter(8);

  constructor(private readonly table: TableClient) {}

  async list(
    connector: ConnectorKey,
    factory: string,
    kind: ResourceKind | undefined,
    page: PageRequest,
  ): Promise<Page<CatalogRow>> {
    const filter = rowsOf(partitionOf(connector, factory), kind === undefined ? '' : `${kind}|`);
    return readPage(this.table, filter, page, toCatalogRow, ['RowKey', ...listedColumns]);
  }

  async get(connector: ConnectorKey, factory: string, rowKey: string) {
    const partitionKey = partitionOf(connector, factory);
    const row = await this.table
      .getEntity(partitionKey, rowKey)
      .catch(onStatus(404, () => undefined));
    return row?.['live'] ? this.withBody(partitionKey, rowKey, row) : undefined;
  }

  async listBodies(
    connector: ConnectorKey,
    factory: string,
    kind: ListedKind,
    { limit, from = '' }: { readonly limit: number; readonly from?: string | undefined },
  ): Promise<readonly CatalogRowWithBody[]> {
    const partitionKey = partitionOf(connector, factory);
    const filter = rowsOf(partitionKey, `${kind}|`) + (from && odata` and RowKey ge ${from}`);
    const pages = this.table
      .listEntities({ queryOptions: { filter } })
      .byPage({ maxPageSize: limit });
    const found: CatalogRowWithBody[] = [];
    for await (const page of pages) {
      const rows = page.map((row) => this.withBody(partitionKey, row.rowKey!, row));
      found.push(...(await Promise.all(rows)));
      // A page may hold less than it was asked for, even nothing, and still be followed by another.
      if (found.length >= limit) break;
    }
    return found.slice(0, limit);
  }

  private async withBody(
    partitionKey: string,
    rowKey: string,
    row: Record<string, unknown>,
  ): Promise<CatalogRowWithBody> {
    return { ...toCatalogRow(row), body: await bodyOf(this.table, partitionKey, rowKey, row) };
  }

  async write(
    connector: ConnectorKey,
    factory: FactoryRef,
    changes: readonly RowChange[],
    at: Date,
  ): Promise<void> {
    const partitionKey = partitionOf(connector, factoryHash(factory));
    const hidden = { live: false, removedAt: at.toISOString() };
    const groups = changes.map(({ put, remove, quarantinedBy }): TransactionAction[] => [
      ...put.flatMap(({ rowKey, resource }) => {
        const { own, more } = toColumns(factory, resource, at);
        const rows = [
          ...more.map((part, n) => ({ partitionKey, rowKey: bodyRowKey(rowKey, n), ...part })),
          { partitionKey, rowKey, ...own },
        ];
        return rows.map((row): TransactionAction => ['upsert', row, 'Replace']);
      }),
      ...remove.map((rowKey): TransactionAction => [
        'upsert',
        { partitionKey, rowKey, ...hidden, ...(quarantinedBy !== undefined && { quarantinedBy }) },
        'Merge',
      ]),
    ]);
    await Promise.all(
      toTransactions(groups).map((chain) =>
        this.writes.run(async () => {
          for (const transaction of chain) {
            // Serialising takes the processor for milliseconds; answers of Azure that have arrived go first.
            await setImmediate();
            await this.table.submitTransaction(transaction);
          }
        }),
      ),
    );
  }

  async listHashes(connector: ConnectorKey, factory: FactoryRef, prefix: string) {
    const filter = rowsOf(partitionOf(connector, factoryHash(factory)), prefix);
    const found = new Map<string, string>();
    const queryOptions = { filter, select: ['RowKey', 'hash'] };
    for await (const { rowKey, hash } of this.table.listEntities({ queryOptions }))
      found.set(rowKey!, String(hash));
    return found;
  }

  async deleteFactory(connector: ConnectorKey, factory: string): Promise<void> {
    await deleteWhere(this.table, odata`PartitionKey eq ${partitionOf(connector, factory)}`);
  }
}

export const partitionOf = ({ tenantId, connectorId }: ConnectorKey, factory: string) =>
  `${tenantId}|${connectorId}|${factory}`;

export const bodyRowKey = (rowKey: string, n: number) => `body|${rowKey}|${n}`;

/** Put together from a row and the further rows it names. */
export async function bodyOf(
  table: TableClient,
  partitionKey: string,
  rowKey: string,
  row: Record<string, unknown>,
): Promise<Json | undefined> {
  const more = await Promise.all(
    Array.from({ length: Number(row['bodyRows'] ?? 0) }, (_, n) =>
      table.getEntity(partitionKey, bodyRowKey(rowKey, n)),
    ),
  );
  const json = fromGzipColumns([row, ...more]);
  return json === undefined ? undefined : (JSON.parse(json) as Json);
}

/** Live rows only: rows of removed resources and further rows of bodies have no place in a list. */
function rowsOf(partitionKey: string, prefix: string): string {
  const live = odata`PartitionKey eq ${partitionKey} and live eq true`;
  if (prefix === '') return live;
  const { from, to } = prefixRange(prefix);
  return `${live} and ${odata`RowKey ge ${from} and RowKey lt ${to}`}`;
}
