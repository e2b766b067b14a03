/**
 * CatalogStore in Table Storage. PartitionKey: `{tenant}|{connector}|{factory hash}`. RowKey:
 * `{kind}|{name}`, `activity|{pipeline}|{path}`, `body|{row key}|{n}` for the parts of a body that
 * is larger than a row, or `writer|{kind}|{id}` for the step that may write a kind.
 */
import { setImmediate } from 'node:timers/promises';
import { odata, type TableClient, type TransactionAction } from '@azure/data-tables';
import { z } from 'zod';
import type {
  CatalogRow,
  CatalogRowWithBody,
  CatalogStore,
  RowChange,
  RowWriter,
} from '../../../catalog/ports';
import type { RowName } from '../../../catalog/change-log';
import { mapConcurrently } from '../../../concurrency/map-concurrently';
import type { Stretch } from '../../../concurrency/stretch';
import { superseded } from '../../../catalog/superseded';
import {
  listedKinds,
  type FactoryRef,
  type ListedKind,
  type ResourceKind,
} from '../../../data-factory/resource';
import type { Json } from '../../../data-factory/json';
import type { ConnectorKey } from '../../../storage/connector-key';
import { factoryHash } from '../../../data-factory/resource-id';
import type { Page, PageRequest } from '../../../storage/page';
import { deleteRow } from '../../table-storage/conditional-write';
import { submitUnconditional, submitWhileExists } from '../../table-storage/unconditional-write';
import { fromGzipColumns } from '../../table-storage/gzip-columns';
import { listedColumns, toCatalogRow, toColumns } from './catalog-row';
import { ConcurrencyLimiter } from '../../../concurrency/concurrency-limiter';
import { deleteWhere } from '../../table-storage/row-deletion';
import { onStatus, readPage, prefixRange } from '../../table-storage/table-client';
import { toTransactions } from '../../table-storage/batching';

/** The name of a row and the parent, for rows that are removed. */
const nameColumns = ['name', 'parent'] as const;
const rowName = z.object({ name: z.string(), parent: z.string().exactOptional() });
/** For more rows, all rows of their kinds are listed. */
const maxSingleReads = 64;
const maxConcurrentReads = 16;
const maxConcurrentDeletes = 8;

export class CatalogTable implements CatalogStore {
  /** A partition accepts about 20 full transactions per second; 8 at a time reach that rate. */
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
    kind: ListedKind | undefined,
    { limit, from = '' }: { readonly limit: number; readonly from?: string | undefined },
  ): Promise<readonly CatalogRowWithBody[]> {
    const partitionKey = partitionOf(connector, factory);
    const rows = kind === undefined ? documentsOf(partitionKey) : rowsOf(partitionKey, `${kind}|`);
    const filter = rows + (from && odata` and RowKey ge ${from}`);
    const pages = this.table
      .listEntities({ queryOptions: { filter } })
      .byPage({ maxPageSize: limit });
    const found: CatalogRowWithBody[] = [];
    for await (const page of pages) {
      const rows = page.map((row) => this.withBody(partitionKey, row.rowKey!, row));
      found.push(...(await Promise.all(rows)));
      // A table may return a short or empty page that is not the last one.
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

  async admitWriter(connector: ConnectorKey, factory: FactoryRef, writer: RowWriter) {
    const key = writerKeyOf(partitionOf(connector, factoryHash(factory)), writer);
    await submitUnconditional(this.table, [['upsert', key, 'Replace']]);
  }

  async dismissWriters(
    connector: ConnectorKey,
    factory: FactoryRef,
    writers: readonly RowWriter[],
  ) {
    const partitionKey = partitionOf(connector, factoryHash(factory));
    await mapConcurrently(writers, maxConcurrentDeletes, async (writer) => {
      await deleteRow(this.table, writerKeyOf(partitionKey, writer));
    });
  }

  async dismissAllWriters(connector: ConnectorKey, factory: FactoryRef, kind: ListedKind) {
    const partitionKey = partitionOf(connector, factoryHash(factory));
    const { from, to } = prefixRange(writerRowKey({ kind, writer: '' }));
    const filter = odata`PartitionKey eq ${partitionKey} and RowKey ge ${from} and RowKey lt ${to}`;
    const queryOptions = { filter, select: ['RowKey'] };
    for await (const { rowKey } of this.table.listEntities({ queryOptions }))
      await deleteRow(this.table, { partitionKey, rowKey: rowKey! });
  }

  /** The row of the writer is part of every transaction, so none succeeds once it is deleted. */
  async write(
    connector: ConnectorKey,
    factory: FactoryRef,
    changes: readonly RowChange[],
    at: Date,
    writer: RowWriter,
  ): Promise<void> {
    const partitionKey = partitionOf(connector, factoryHash(factory));
    const admission = writerKeyOf(partitionKey, writer);
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
      toTransactions(groups, 1).map((chain) =>
        this.writes.run(async () => {
          for (const transaction of chain) {
            // Serializing blocks for milliseconds, so pending responses of Azure are processed
            // first.
            await setImmediate();
            await submitWhileExists(this.table, transaction, admission).catch(
              onStatus(404, throwSuperseded),
            );
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

  async namesOf(connector: ConnectorKey, factory: FactoryRef, rowKeys: readonly string[]) {
    const partitionKey = partitionOf(connector, factoryHash(factory));
    const found = new Map<string, RowName>();
    const add = (rowKey: string, row: unknown) => {
      const name = rowName.safeParse(row);
      if (name.success) found.set(rowKey, name.data);
    };
    if (rowKeys.length <= maxSingleReads) {
      const queryOptions = { select: [...nameColumns] };
      await mapConcurrently(rowKeys, maxConcurrentReads, async (rowKey) => {
        const row = await this.table
          .getEntity(partitionKey, rowKey, { queryOptions })
          .catch(onStatus(404, () => undefined));
        add(rowKey, row);
      });
      return found;
    }
    const wanted = new Set(rowKeys);
    for (const kind of new Set(rowKeys.map((rowKey) => rowKey.split('|')[0]!))) {
      const { from, to } = prefixRange(`${kind}|`);
      const filter = odata`PartitionKey eq ${partitionKey} and RowKey ge ${from} and RowKey lt ${to}`;
      const queryOptions = { filter, select: ['RowKey', ...nameColumns] };
      for await (const row of this.table.listEntities({ queryOptions }))
        if (wanted.has(row.rowKey!)) add(row.rowKey!, row);
    }
    return found;
  }

  async deleteFactory(connector: ConnectorKey, factory: string, stretch?: Stretch): Promise<void> {
    const filter = odata`PartitionKey eq ${partitionOf(connector, factory)}`;
    await deleteWhere(this.table, filter, stretch);
  }
}

export const partitionOf = ({ tenantId, connectorId }: ConnectorKey, factory: string) =>
  `${tenantId}|${connectorId}|${factory}`;

const throwSuperseded = (cause: unknown): never => {
  throw superseded(cause);
};

const writerKeyOf = (partitionKey: string, writer: RowWriter) => ({
  partitionKey,
  rowKey: writerRowKey(writer),
});

const writerRowKey = ({ kind, writer }: RowWriter) => `writer|${kind}|${writer}`;

export const bodyRowKey = (rowKey: string, n: number) => `body|${rowKey}|${n}`;

/**
 * Joins the body from the row and its `body|…` rows. Parsed but not validated: it may be any JSON,
 * and large.
 */
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

/** Activities sort before all documents. */
function documentsOf(partitionKey: string): string {
  const prefixes = listedKinds.map((kind) => `${kind}|`).sort();
  const { from } = prefixRange(prefixes[0]!);
  const { to } = prefixRange(prefixes.at(-1)!);
  return `${rowsOf(partitionKey, '')} and ${odata`RowKey ge ${from} and RowKey lt ${to}`}`;
}

/** Selects live rows, which excludes removed resources and parts of bodies. */
function rowsOf(partitionKey: string, prefix: string): string {
  const live = odata`PartitionKey eq ${partitionKey} and live eq true`;
  if (prefix === '') return live;
  const { from, to } = prefixRange(prefix);
  return `${live} and ${odata`RowKey ge ${from} and RowKey lt ${to}`}`;
}
