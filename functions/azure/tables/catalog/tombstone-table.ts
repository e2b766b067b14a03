/**
 * TombstoneStore in the table of the catalog. Reads and purges hidden rows only. Keys as in
 * catalog-table.ts.
 */
import { odata, type TableClient, type TransactionAction } from '@azure/data-tables';
import { z } from 'zod';
import type { RemovedRow, RemovedRowWithBody, TombstoneStore } from '../../../catalog/ports';
import type { ResourceKind } from '../../../data-factory/resource';
import type { ConnectorKey } from '../../../storage/connector-key';
import type { Tombstone } from '../../../catalog/tombstone';
import type { Page, PageRequest } from '../../../storage/page';
import { bodyOf, partitionOf } from './catalog-table';
import { listedColumns, toCatalogRow } from './catalog-row';
import { ConcurrencyLimiter } from '../../../concurrency/concurrency-limiter';
import { deleteRow, writeRows } from '../../table-storage/conditional-write';
import { onStatus, readPage, prefixRange } from '../../table-storage/table-client';

const columns = z.object({ removedAt: z.string(), quarantinedBy: z.string().exactOptional() });
const tombstoneColumns = Object.keys(columns.shape);

export class TombstoneTable implements TombstoneStore {
  private readonly requests = new ConcurrencyLimiter(16);

  constructor(private readonly table: TableClient) {}

  async list(
    connector: ConnectorKey,
    factory: string,
    kind: ResourceKind | undefined,
    page: PageRequest,
  ): Promise<Page<RemovedRow>> {
    // A row whose purge was interrupted has no hash.
    const all = odata`PartitionKey eq ${partitionOf(connector, factory)} and live eq false and hash ge ''`;
    const filter = kind === undefined ? all : `${all} and ${rowKeysOf(`${kind}|`)}`;
    return readPage(this.table, filter, page, toRemoved, [
      'RowKey',
      ...tombstoneColumns,
      ...listedColumns,
    ]);
  }

  async get(
    connector: ConnectorKey,
    factory: string,
    rowKey: string,
  ): Promise<RemovedRowWithBody | undefined> {
    const partitionKey = partitionOf(connector, factory);
    const row = await this.table
      .getEntity(partitionKey, rowKey)
      .catch(onStatus(404, () => undefined));
    if (row?.['live'] !== false || row['hash'] === undefined) return undefined;
    return { ...toRemoved(row), body: await bodyOf(this.table, partitionKey, rowKey, row) };
  }

  async find(connector: ConnectorKey, factory: string, rowKeys: readonly string[]) {
    const partitionKey = partitionOf(connector, factory);
    const queryOptions = { select: ['live', ...tombstoneColumns] };
    const found = await Promise.all(
      rowKeys.map((rowKey) =>
        this.requests.run(async (): Promise<Tombstone[]> => {
          const row = await this.table
            .getEntity(partitionKey, rowKey, { queryOptions })
            .catch(onStatus(404, () => undefined));
          if (row?.['live'] !== false) return [];
          return [{ rowKey, ...columns.parse(row), etag: row.etag }];
        }),
      ),
    );
    return found.flat();
  }

  async purge(connector: ConnectorKey, factory: string, found: readonly Tombstone[]) {
    const partitionKey = partitionOf(connector, factory);
    const gone = await Promise.all(
      found.map((tombstone) => this.requests.run(() => this.purgeRow(partitionKey, tombstone))),
    );
    return gone.filter((isGone) => !isGone).length;
  }

  /**
   * Deletes the main row last, so that an interrupted purge can be repeated. Resolves to false if
   * the row changed: the resource is live again, or another purge was faster.
   */
  private async purgeRow(partitionKey: string, tombstone: Tombstone): Promise<boolean> {
    const { rowKey } = tombstone;
    const parts = await this.partsOf(partitionKey, rowKey);
    const etag =
      parts.length > 0 ? await this.dropBody(partitionKey, tombstone, parts) : tombstone.etag;
    if (etag === undefined) return false;
    return deleteRow(this.table, { partitionKey, rowKey }, etag)
      .then(() => true)
      .catch(onStatus(404, () => true))
      .catch(onStatus(412, () => false));
  }

  /**
   * Deletes the body in one transaction. The update of the main row checks the etag, which a delete
   * could not.
   */
  private async dropBody(
    partitionKey: string,
    { rowKey, removedAt, quarantinedBy, etag }: Tombstone,
    parts: readonly string[],
  ): Promise<string | undefined> {
    const tombstone = {
      live: false,
      removedAt: removedAt,
      ...(quarantinedBy !== undefined && { quarantinedBy }),
    };
    const actions: TransactionAction[] = [
      ['update', { partitionKey, rowKey, ...tombstone }, 'Replace', { etag }],
      ...parts.map((part): TransactionAction => ['delete', { partitionKey, rowKey: part }]),
    ];
    return writeRows(this.table, actions)
      .catch(onStatus(412, () => undefined))
      .catch(onStatus(404, () => undefined));
  }

  /**
   * Row keys of the parts of the body, including parts left by a longer body. An activity has no
   * body.
   */
  private async partsOf(partitionKey: string, rowKey: string): Promise<string[]> {
    if (rowKey.startsWith('activity|')) return [];
    const prefix = `body|${rowKey}|`;
    const filter = `${odata`PartitionKey eq ${partitionKey}`} and ${rowKeysOf(prefix)}`;
    const parts: string[] = [];
    const queryOptions = { filter, select: ['RowKey'] };
    for await (const { rowKey: part } of this.table.listEntities({ queryOptions }))
      if (/^\d+$/.test(part!.slice(prefix.length))) parts.push(part!);
    return parts;
  }
}

const toRemoved = (row: object): RemovedRow => ({ ...toCatalogRow(row), ...columns.parse(row) });

function rowKeysOf(prefix: string): string {
  const { from, to } = prefixRange(prefix);
  return odata`RowKey ge ${from} and RowKey lt ${to}`;
}
