/**
 * LineageStore in Table Storage, in the table of etag maps. PartitionKey: `{tenant}|{connector}`.
 * RowKey: `lineage-head|{factory hash}` with the versions of documents, and
 * `lineage|{factory hash}|{bucket}` with units, both in gzip columns.
 */
import { odata, RestError, type TableClient } from '@azure/data-tables';
import { z } from 'zod';
import type { FactoryRef } from '../../data-factory/resource';
import { factoryHash } from '../../data-factory/resource-id';
import { SupersededError } from '../../errors/app-error';
import type { LineageUnit } from '../../lineage/lineage-unit';
import type { LineageFactory, LineageStore } from '../../lineage/ports';
import type { LineageHead, LoadedHead, UnitBuckets } from '../../lineage/stored-lineage';
import type { ConnectorKey } from '../../storage/connector-key';
import { createRow, storedEtag } from '../table-storage/conditional-write';
import { fromGzipColumns } from '../table-storage/gzip-columns';
import { continuationRowKey, writeMultiRow } from '../table-storage/multi-row-json';
import { onStatus, prefixRange } from '../table-storage/table-client';

const refColumn = z.object({
  subscriptionId: z.string(),
  resourceGroup: z.string(),
  name: z.string(),
});
const headJson = z.object({ rules: z.int(), versions: z.array(z.tuple([z.string(), z.string()])) });
const unitsJson = z.array(z.looseObject({ rowKey: z.string(), hash: z.string() }));
const headPrefix = 'lineage-head|';

export class LineageTable implements LineageStore {
  constructor(private readonly table: TableClient) {}

  async listFactories(connector: ConnectorKey): Promise<readonly LineageFactory[]> {
    const select = ['PartitionKey', 'RowKey', 'factoryRef', 'writeId', 'earlierWriteIds'];
    const found: LineageFactory[] = [];
    for await (const row of this.rows(connector, headPrefix, select)) {
      const ref = z.string().optional().parse(row['factoryRef']);
      if (ref === undefined) continue;
      const factory = refColumn.parse(JSON.parse(ref));
      const hash = row.rowKey!.slice(headPrefix.length);
      found.push({ hash, factory, version: storedEtag(row) });
    }
    return found;
  }

  async loadHead(connector: ConnectorKey, factory: FactoryRef): Promise<LoadedHead> {
    const { partitionKey, rowKey } = headKey(connector, factory);
    const row = await this.table
      .getEntity(partitionKey, rowKey)
      .catch(onStatus(404, () => undefined));
    if (!row) return { versions: new Map(), rules: 0 };
    const more = await Promise.all(
      Array.from({ length: Number(row['bodyRows'] ?? 0) }, (_, n) =>
        this.table.getEntity(partitionKey, continuationRowKey(rowKey, n)),
      ),
    );
    const body = fromGzipColumns([row, ...more]);
    const { rules, versions } =
      body === undefined ? { rules: 0, versions: [] } : headJson.parse(JSON.parse(body));
    return { rules, versions: new Map(versions), etag: storedEtag(row) };
  }

  async loadUnits(connector: ConnectorKey, factory: string): Promise<UnitBuckets> {
    const groups = new Map<number, Record<string, unknown>[]>();
    for await (const row of this.rows(connector, `lineage|${factory}|`)) {
      const bucket = Number(row.rowKey!.split('|')[2]);
      groups.set(bucket, [...(groups.get(bucket) ?? []), row]);
    }
    return new Map([...groups].map(([bucket, rows]) => [bucket, parseUnits(rows)]));
  }

  async save(
    connector: ConnectorKey,
    factory: FactoryRef,
    { versions, rules }: LineageHead,
    buckets: UnitBuckets,
    loaded: LoadedHead,
  ): Promise<void> {
    const { subscriptionId, resourceGroup, name } = factory;
    const factoryRef = JSON.stringify({ subscriptionId, resourceGroup, name });
    const key = headKey(connector, factory);
    const head = { ...key, factoryRef };
    let etag = loaded.etag ?? (await createRow(this.table, head).catch(unlessChanged));
    for (const [bucket, units] of buckets) {
      const rowKey = `lineage|${factoryHash(factory)}|${bucket}`;
      const row = { partitionKey: key.partitionKey, rowKey };
      const guard = { rowKey: key.rowKey, etag };
      etag = await writeMultiRow(this.table, row, JSON.stringify(units), guard).catch(
        unlessChanged,
      );
    }
    const json = JSON.stringify({ rules, versions: [...versions] });
    const guard = { rowKey: key.rowKey, etag };
    await writeMultiRow(this.table, head, json, guard).catch(unlessChanged);
  }

  private rows(connector: ConnectorKey, prefix: string, select?: string[]) {
    const { from, to } = prefixRange(prefix);
    const filter = odata`PartitionKey eq ${partition(connector)} and RowKey ge ${from} and RowKey lt ${to}`;
    return this.table.listEntities({ queryOptions: { filter, ...(select && { select }) } });
  }
}

function parseUnits(rows: readonly Record<string, unknown>[]): readonly LineageUnit[] {
  const [first, ...rest] = rows;
  // Units that shrank leave continuation rows behind that no longer belong to them.
  const body = fromGzipColumns([first!, ...rest.slice(0, Number(first!['bodyRows'] ?? 0))]);
  // The columns carry a hash, so the content is what `save` wrote; only its form is validated.
  return unitsJson.parse(JSON.parse(body ?? '[]')) as unknown as readonly LineageUnit[];
}

function unlessChanged(error: unknown): never {
  const isChanged = error instanceof RestError && [404, 409, 412].includes(error.statusCode ?? 0);
  throw isChanged
    ? new SupersededError(
        'lineage_superseded',
        'Lineage of the factory was written by another step. Read it again.',
        { cause: error },
      )
    : error;
}

const partition = ({ tenantId, connectorId }: ConnectorKey) => `${tenantId}|${connectorId}`;
const headKey = (connector: ConnectorKey, factory: FactoryRef) => ({
  partitionKey: partition(connector),
  rowKey: `${headPrefix}${factoryHash(factory)}`,
});
