/**
 * ReferenceIndexStore in Table Storage, in the table of etag maps. PartitionKey:
 * `{tenant}|{connector}`. RowKey: `references|{factory hash}|{kind}`. The index is in gzip columns.
 * EtagMapTable writes it, with the map of the kind.
 */
import { odata, type TableClient } from '@azure/data-tables';
import { z } from 'zod';
import { edgeKind } from '../../../data-factory/edge';
import type { ReferenceIndexStore } from '../../../catalog/ports';
import type { IndexedReference, ReferenceIndex } from '../../../catalog/reference-index';
import type { FactoryRef, ListedKind } from '../../../data-factory/resource';
import type { ConnectorKey } from '../../../storage/connector-key';
import { factoryHash } from '../../../data-factory/resource-id';
import { fromGzipColumns } from '../../table-storage/gzip-columns';
import type { MultiRow } from '../../table-storage/multi-row-json';
import { prefixRange } from '../../table-storage/table-client';

/** Row key of the document, then its references as kind, target and count. */
const entry = z.tuple([z.string(), z.array(z.tuple([edgeKind, z.string(), z.int()]))]);
const list = z.array(z.unknown());

export class ReferenceIndexTable implements ReferenceIndexStore {
  constructor(private readonly table: TableClient) {}

  async load(
    connector: ConnectorKey,
    factory: FactoryRef,
    kind: ListedKind,
  ): Promise<ReferenceIndex> {
    return this.under(connector, rowKeyOf(factory, kind));
  }

  async loadFactory(connector: ConnectorKey, factory: string): Promise<ReferenceIndex> {
    return this.under(connector, `references|${factory}|`);
  }

  /** A row sorts before its continuation rows `…|0`, `…|1`, … */
  private async under(connector: ConnectorKey, prefix: string): Promise<ReferenceIndex> {
    const { from, to } = prefixRange(prefix);
    const filter = odata`PartitionKey eq ${partition(connector)} and RowKey ge ${from} and RowKey lt ${to}`;
    const groups = new Map<string, Record<string, unknown>[]>();
    for await (const row of this.table.listEntities({ queryOptions: { filter } })) {
      const kind = row.rowKey!.split('|').slice(0, 3).join('|');
      groups.set(kind, [...(groups.get(kind) ?? []), row]);
    }
    return new Map([...groups.values()].flatMap(parseIndex));
  }
}

/** The rows of an index, for the transaction that saves the etag map of its kind. */
export function toReferenceRow(
  connector: ConnectorKey,
  factory: FactoryRef,
  kind: ListedKind,
  index: ReferenceIndex,
): MultiRow {
  const rows = [...index].map(([document, references]) => [
    document,
    references.map(({ kind: edge, target, count }) => [edge, target, count]),
  ]);
  return {
    row: { partitionKey: partition(connector), rowKey: rowKeyOf(factory, kind) },
    json: JSON.stringify(rows),
  };
}

function parseIndex(
  rows: readonly Record<string, unknown>[],
): [string, readonly IndexedReference[]][] {
  const [first, ...rest] = rows;
  // An index that shrank leaves continuation rows behind that no longer belong to it.
  const body = fromGzipColumns([first!, ...rest.slice(0, Number(first!['bodyRows'] ?? 0))]);
  const all = list.parse(JSON.parse(body ?? '[]'));
  // The gzip columns carry a hash, so the content is what `save` wrote. Validating thousands of
  // entries is slow, so only the list and its first entry are validated.
  if (all.length > 0) entry.parse(all[0]);
  return (all as z.infer<typeof entry>[]).map(([document, entries]) => [
    document,
    entries.map(([kind, target, count]) => ({ kind, target, count })),
  ]);
}

const partition = ({ tenantId, connectorId }: ConnectorKey) => `${tenantId}|${connectorId}`;

const rowKeyOf = (factory: FactoryRef, kind: ListedKind) =>
  `references|${factoryHash(factory)}|${kind}`;
