/**
 * Edges in Table Storage, each twice, so that neither end needs a scan. PartitionKey
 * `{tenant}|{connector}|out|{factory hash}|{bucket}` by owner and `…|in|…` by target; keys are those of edge.ts.
 */
import { setImmediate } from 'node:timers/promises';
import { odata, type TableClient, type TransactionAction } from '@azure/data-tables';
import {
  edgeKind,
  ownerPrefix,
  reverseKey,
  sourcePrefix,
  targetPrefix,
  type Edge,
} from '../catalog/edge';
import type { EdgeChange, EdgeCounts, EdgeQuery, EdgeStore } from '../catalog/ports';
import type { ConnectorKey, FactoryRef } from '../catalog/resource';
import { factoryHash } from '../catalog/resource-id';
import type { Page, PageRequest } from '../page';
import { Limiter } from './limiter';
import { deleteRows, deleteWhere } from './row-deletion';
import { pageOf, prefixRange } from './tables';
import { transactionsOf } from './transactions';

/** A partition takes about 2,000 rows a second; more of them would only make transactions smaller. */
const buckets = 4;

type Direction = 'out' | 'in';

export class EdgeTable implements EdgeStore {
  private readonly writing = new Limiter(8);

  constructor(private readonly table: TableClient) {}

  async hashes(connector: ConnectorKey, factory: FactoryRef, owner: string) {
    const prefix = ownerPrefix(owner);
    const filter = beginning(partitionOf(connector, 'out', factoryHash(factory), prefix), prefix);
    const found = new Map<string, string>();
    const queryOptions = { filter, select: ['RowKey', 'hash'] };
    for await (const { rowKey, hash } of this.table.listEntities({ queryOptions }))
      found.set(rowKey!, String(hash));
    return found;
  }

  /** From the side of the target first: what the owner's side shows is then there on both. */
  async write(connector: ConnectorKey, factory: FactoryRef, changes: readonly EdgeChange[]) {
    const hash = factoryHash(factory);
    for (const direction of ['in', 'out'] as const) {
      const keyOf = (key: string): Key => {
        const rowKey = direction === 'out' ? key : reverseKey(key);
        return { partitionKey: partitionOf(connector, direction, hash, rowKey), rowKey };
      };
      const puts = changes.flatMap(({ put }) =>
        put.map((each) => ({ ...keyOf(each.key), ...toColumns(each.edge), hash: each.hash })),
      );
      const gone = changes.flatMap(({ remove }) => remove.map(keyOf));
      await Promise.all([this.put(puts), deleteRows(this.table, gone)]);
    }
  }

  async list(
    connector: ConnectorKey,
    factory: string,
    { source, target, kind }: EdgeQuery,
    { limit, continuation }: PageRequest,
  ): Promise<Page<Edge>> {
    const { direction, prefix } = sideOf({ source, target });
    const also = [
      ...(kind === undefined ? [] : [odata`kind eq ${kind}`]),
      ...(source !== undefined && target !== undefined ? [odata`target eq ${target}`] : []),
    ];
    const partitions =
      prefix === ''
        ? allBuckets.map((bucket) => named(connector, direction, factory, bucket))
        : [partitionOf(connector, direction, factory, prefix)];
    const [from = '0', within] = continuation?.split(' ') ?? [];
    const items: Edge[] = [];
    for (let n = Number(from), next = within; n < partitions.length; n++, next = undefined)
      do {
        if (items.length === limit)
          return { items, continuation: next === undefined ? `${n}` : `${n} ${next}` };
        const filter = [beginning(partitions[n]!, prefix), ...also].join(' and ');
        const page: Page<Edge> = await pageOf(
          this.table,
          filter,
          { limit: limit - items.length, ...(next !== undefined && { continuation: next }) },
          fromColumns,
        );
        items.push(...page.items);
        next = page.continuation;
      } while (next !== undefined);
    return { items };
  }

  async count(connector: ConnectorKey, factory: string, query: EdgeQuery): Promise<EdgeCounts> {
    const { direction, prefix } = sideOf(query);
    const filter = beginning(partitionOf(connector, direction, factory, prefix), prefix);
    const pages = this.table
      .listEntities({ queryOptions: { filter, select: ['kind'] } })
      .byPage({ maxPageSize: 1_000 });
    const { value: page } = await pages.next();
    const counts: EdgeCounts = {};
    for (const row of page ?? []) {
      const kind = edgeKind.parse(row['kind']);
      counts[kind] = (counts[kind] ?? 0) + 1;
    }
    return counts;
  }

  async deleteFactory(connector: ConnectorKey, factory: string): Promise<void> {
    const partitions = (['out', 'in'] as const).flatMap((direction) =>
      allBuckets.map((bucket) => named(connector, direction, factory, bucket)),
    );
    await Promise.all(partitions.map((each) => deleteWhere(this.table, beginning(each, ''))));
  }

  private async put(rows: readonly Key[]): Promise<void> {
    const byPartition = new Map<string, TransactionAction[][]>();
    for (const row of rows) {
      const actions = byPartition.get(row.partitionKey) ?? [];
      actions.push([['upsert', row, 'Replace']]);
      byPartition.set(row.partitionKey, actions);
    }
    const transactions = [...byPartition.values()].flatMap((groups) =>
      transactionsOf(groups).flat(),
    );
    await Promise.all(
      transactions.map((transaction) =>
        this.writing.run(async () => {
          // Serialising takes the processor for milliseconds; answers of Azure that have arrived go first.
          await setImmediate();
          await this.table.submitTransaction(transaction);
        }),
      ),
    );
  }
}

interface Key extends Record<string, unknown> {
  readonly partitionKey: string;
  readonly rowKey: string;
}

/** From which side an edge is looked for. */
function sideOf({ source, target }: EdgeQuery): { direction: Direction; prefix: string } {
  if (source !== undefined) return { direction: 'out', prefix: sourcePrefix(source) };
  if (target !== undefined) return { direction: 'in', prefix: targetPrefix(target) };
  return { direction: 'out', prefix: '' };
}

const allBuckets = Array.from({ length: buckets }, (_, bucket) => bucket);

const named = (
  { tenantId, connectorId }: ConnectorKey,
  direction: Direction,
  factory: string,
  bucket: number,
) => `${tenantId}|${connectorId}|${direction}|${factory}|${bucket}`;

/** A key begins with a hash, so its first two letters spread as well as anything. */
const partitionOf = (
  connector: ConnectorKey,
  direction: Direction,
  factory: string,
  key: string,
): string =>
  named(connector, direction, factory, (key.charCodeAt(0) + 3 * key.charCodeAt(1)) % buckets);

function beginning(partitionKey: string, prefix: string): string {
  const partition = odata`PartitionKey eq ${partitionKey}`;
  if (prefix === '') return partition;
  const { from, to } = prefixRange(prefix);
  return `${partition} and ${odata`RowKey ge ${from} and RowKey lt ${to}`}`;
}

const toColumns = (edge: Edge) => ({
  kind: edge.kind,
  source: edge.source.rowKey,
  target: edge.target.rowKey ?? '',
  edge: JSON.stringify(edge),
});

const fromColumns = (row: object): Edge =>
  JSON.parse((row as { readonly edge: string }).edge) as Edge;
