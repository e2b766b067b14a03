/**
 * PackedUnitStore in Table Storage, in the table of etag maps. PartitionKey: `{tenant}|{connector}`.
 * RowKey: `{name}-head|{factory hash}` with the versions of documents, and
 * `{name}|{factory hash}|{bucket}` with units, both in gzip columns. Names: `lineage`, `search`,
 * `openlineage`.
 */
import { odata, RestError, type TableClient, type TransactionAction } from '@azure/data-tables';
import { z } from 'zod';
import type { FactoryRef } from '../../../data-factory/resource';
import { factoryHash } from '../../../data-factory/resource-id';
import { SupersededError } from '../../../errors/app-error';
import type {
  LoadedPackedHead,
  PackedBuckets,
  PackedFactory,
  PackedHead,
  PackedUnit,
} from '../../../catalog/packed-units';
import type { PackedUnitStore } from '../../../catalog/ports';
import type { ConnectorKey } from '../../../storage/connector-key';
import { deleteRow, storedEtag, writeRows } from '../../table-storage/conditional-write';
import { fromGzipColumns } from '../../table-storage/gzip-columns';
import { continuationRowKey, writeMultiRows } from '../../table-storage/multi-row-json';
import { onStatus, prefixRange } from '../../table-storage/table-client';

const refColumn = z.object({
  subscriptionId: z.string(),
  resourceGroup: z.string(),
  name: z.string(),
});
const headJson = z.object({ rules: z.int(), versions: z.array(z.tuple([z.string(), z.string()])) });
/** A transaction has at most a hundred rows, and one of them is the head. */
const maxDeletes = 99;
const unitsJson = z.array(z.looseObject({ rowKey: z.string() }));

export class PackedUnitTable<Unit extends PackedUnit> implements PackedUnitStore<Unit> {
  constructor(
    private readonly table: TableClient,
    private readonly name: 'lineage' | 'search' | 'openlineage',
  ) {}

  async listFactories(connector: ConnectorKey): Promise<readonly PackedFactory[]> {
    const select = ['PartitionKey', 'RowKey', 'factoryRef', 'writeId', 'earlierWriteIds'];
    const found: PackedFactory[] = [];
    for await (const row of this.rows(connector, `${this.name}-head|`, select)) {
      const ref = z.string().optional().parse(row['factoryRef']);
      if (ref === undefined) continue;
      const factory = refColumn.parse(JSON.parse(ref));
      const hash = row.rowKey!.slice(this.name.length + '-head|'.length);
      found.push({ hash, factory, version: storedEtag(row) });
    }
    return found;
  }

  async loadHead(connector: ConnectorKey, factory: FactoryRef): Promise<LoadedPackedHead> {
    const { partitionKey, rowKey } = this.headKey(connector, factory);
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

  async loadUnits(connector: ConnectorKey, factory: string): Promise<PackedBuckets<Unit>> {
    const groups = new Map<number, Record<string, unknown>[]>();
    for await (const row of this.rows(connector, `${this.name}|${factory}|`)) {
      const bucket = Number(row.rowKey!.split('|')[2]);
      groups.set(bucket, [...(groups.get(bucket) ?? []), row]);
    }
    return new Map([...groups].map(([bucket, rows]) => [bucket, parseUnits<Unit>(rows)]));
  }

  async save(
    connector: ConnectorKey,
    factory: FactoryRef,
    { versions, rules }: PackedHead,
    buckets: PackedBuckets<Unit>,
    loaded: LoadedPackedHead,
  ): Promise<void> {
    const { subscriptionId, resourceGroup, name } = factory;
    const factoryRef = JSON.stringify({ subscriptionId, resourceGroup, name });
    const key = this.headKey(connector, factory);
    const rows = [...buckets].map(([bucket, units]) => ({
      row: {
        partitionKey: key.partitionKey,
        rowKey: `${this.name}|${factoryHash(factory)}|${bucket}`,
      },
      json: JSON.stringify(units),
    }));
    const head = {
      row: { ...key, factoryRef },
      json: JSON.stringify({ rules, versions: [...versions] }),
    };
    const { etag } = loaded;
    const guard = { rowKey: key.rowKey, ...(etag !== undefined && { etag }) };
    await writeMultiRows(this.table, [...rows, head], guard).catch(unlessChanged);
  }

  /** Each transaction holds the head, so that a writer which has loaded it fails. */
  async forget(
    connector: ConnectorKey,
    factory: FactoryRef,
    { etag }: LoadedPackedHead,
  ): Promise<void> {
    if (etag === undefined) return;
    const key = this.headKey(connector, factory);
    const prefixes = [`${key.rowKey}|`, `${this.name}|${factoryHash(factory)}|`];
    const rows: TransactionAction[] = [];
    for (const prefix of prefixes)
      for await (const { rowKey } of this.rows(connector, prefix, ['RowKey']))
        rows.push(['delete', { partitionKey: key.partitionKey, rowKey: rowKey! }]);
    let head = etag;
    for (let from = 0; from < rows.length; from += maxDeletes) {
      const touch: TransactionAction = ['update', key, 'Merge', { etag: head }];
      const deletes = rows.slice(from, from + maxDeletes);
      head = await writeRows(this.table, [touch, ...deletes]).catch(unlessChanged);
    }
    await deleteRow(this.table, key, head).catch(unlessChanged);
  }

  private headKey(connector: ConnectorKey, factory: FactoryRef) {
    return {
      partitionKey: partition(connector),
      rowKey: `${this.name}-head|${factoryHash(factory)}`,
    };
  }

  private rows(connector: ConnectorKey, prefix: string, select?: string[]) {
    const { from, to } = prefixRange(prefix);
    const filter = odata`PartitionKey eq ${partition(connector)} and RowKey ge ${from} and RowKey lt ${to}`;
    return this.table.listEntities({ queryOptions: { filter, ...(select && { select }) } });
  }
}

function parseUnits<Unit>(rows: readonly Record<string, unknown>[]): readonly Unit[] {
  const [first, ...rest] = rows;
  // Units that shrank leave continuation rows behind that no longer belong to them.
  const body = fromGzipColumns([first!, ...rest.slice(0, Number(first!['bodyRows'] ?? 0))]);
  // The columns carry a hash, so the content is what `save` wrote; only its form is validated.
  return unitsJson.parse(JSON.parse(body ?? '[]')) as unknown as readonly Unit[];
}

function unlessChanged(error: unknown): never {
  const isChanged = error instanceof RestError && [404, 409, 412].includes(error.statusCode ?? 0);
  throw isChanged
    ? new SupersededError(
        'packed_units_superseded',
        'The factory was written by another step. Read it again.',
        { cause: error },
      )
    : error;
}

const partition = ({ tenantId, connectorId }: ConnectorKey) => `${tenantId}|${connectorId}`;
