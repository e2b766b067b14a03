/**
 * The index of referrals in Table Storage, beside the etag maps: PartitionKey `{tenant}|{connector}`, RowKey
 * `referrals|{factory hash}|{kind}`, packed like a body.
 */
import { odata, type TableClient } from '@azure/data-tables';
import { z } from 'zod';
import { edgeKind } from '../../data-factory/edge';
import type { ReferenceIndexStore } from '../../catalog/ports';
import type { IndexedReference, ReferenceIndex } from '../../catalog/reference-index';
import type { FactoryRef, ListedKind } from '../../data-factory/resource';
import type { ConnectorKey } from '../../storage/connector-key';
import { factoryHash } from '../../data-factory/resource-id';
import { fromGzipColumns } from '../table-storage/gzip-columns';
import { upsertMultiRow } from '../table-storage/multi-row-json';
import { prefixRange } from '../table-storage/table-client';

/** Owner, then its entries as kind, target and count. */
const owned = z.tuple([z.string(), z.array(z.tuple([edgeKind, z.string(), z.int()]))]);
const packed = z.array(z.unknown());

export class ReferenceIndexTable implements ReferenceIndexStore {
  constructor(private readonly table: TableClient) {}

  async load(
    connector: ConnectorKey,
    factory: FactoryRef,
    kind: ListedKind,
  ): Promise<ReferenceIndex> {
    return this.under(connector, `referrals|${factoryHash(factory)}|${kind}`);
  }

  async loadFactory(connector: ConnectorKey, factory: string): Promise<ReferenceIndex> {
    return this.under(connector, `referrals|${factory}|`);
  }

  async save(connector: ConnectorKey, factory: FactoryRef, kind: ListedKind, all: ReferenceIndex) {
    const row = {
      partitionKey: partition(connector),
      rowKey: `referrals|${factoryHash(factory)}|${kind}`,
    };
    const rows = [...all].map(([owner, referrals]) => [
      owner,
      referrals.map(({ kind: edge, target, count }) => [edge, target, count]),
    ]);
    await upsertMultiRow(this.table, row, JSON.stringify(rows));
  }

  /** A row stands before the rows that go on with it, `…|0` and so on. */
  private async under(connector: ConnectorKey, prefix: string): Promise<ReferenceIndex> {
    const { from, to } = prefixRange(prefix);
    const filter = odata`PartitionKey eq ${partition(connector)} and RowKey ge ${from} and RowKey lt ${to}`;
    const groups = new Map<string, Record<string, unknown>[]>();
    for await (const row of this.table.listEntities({ queryOptions: { filter } })) {
      const kind = row.rowKey!.split('|').slice(0, 3).join('|');
      groups.set(kind, [...(groups.get(kind) ?? []), row]);
    }
    return new Map([...groups.values()].flatMap(unpacked));
  }
}

function unpacked(
  rows: readonly Record<string, unknown>[],
): [string, readonly IndexedReference[]][] {
  const [first, ...rest] = rows;
  // A map that shrank leaves rows behind that are no part of it any more.
  const body = fromGzipColumns([first!, ...rest.slice(0, Number(first!['bodyRows'] ?? 0))]);
  const all = packed.parse(JSON.parse(body ?? '[]'));
  // Its hash says that it is what was written here, all in one shape: there may be thousands, and one shows it.
  if (all.length > 0) owned.parse(all[0]);
  return (all as z.infer<typeof owned>[]).map(([owner, entries]) => [
    owner,
    entries.map(([kind, target, count]) => ({ kind, target, count })),
  ]);
}

const partition = ({ tenantId, connectorId }: ConnectorKey) => `${tenantId}|${connectorId}`;
