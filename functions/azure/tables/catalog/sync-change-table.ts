/**
 * ChangeLog in Table Storage. PartitionKey: `{tenant}|{connector}|{sync run}`. RowKey: `{factory
 * hash}|{kind}|{digest}`. A row contains the changes of one call, and its key their digest, so a
 * repeated step writes the same row. A sync run is deleted by deleting its partition.
 */
import { odata, type TableClient, type TransactionAction } from '@azure/data-tables';
import { z } from 'zod';
import {
  changeType,
  mergeChange,
  type ChangeQuery,
  type FactoryChange,
  type LoggedChange,
} from '../../../catalog/change-log';
import type { Stretch } from '../../../concurrency/stretch';
import type { ChangeLog } from '../../../catalog/ports';
import { resourceKind, type FactoryRef, type ResourceKind } from '../../../data-factory/resource';
import type { ConnectorKey } from '../../../storage/connector-key';
import { factoryHash } from '../../../data-factory/resource-id';
import type { Page, PageRequest } from '../../../storage/page';
import { toGzipColumns, fromGzipColumns } from '../../table-storage/gzip-columns';
import { toTransactions } from '../../table-storage/batching';
import { deleteWhere } from '../../table-storage/row-deletion';
import { hashedKey, prefixRange } from '../../table-storage/table-client';
import { submitUnconditional } from '../../table-storage/unconditional-write';

/** This number fits into a row even with the longest names. */
const maxChangesPerRow = 2_000;

const columns = z.object({
  rowKey: z.string(),
  kind: resourceKind,
  subscriptionId: z.string(),
  resourceGroup: z.string(),
  factoryName: z.string(),
});
/** Row key, change, name, and the pipeline of an activity. */
const entries = z.array(z.tuple([z.string(), changeType, z.string(), z.string().optional()]));

export class SyncChangeTable implements ChangeLog {
  constructor(private readonly table: TableClient) {}

  async record(
    connector: ConnectorKey,
    runId: string,
    factory: FactoryRef,
    changes: readonly LoggedChange[],
  ): Promise<void> {
    const partitionKey = partition(connector, runId);
    const rows = [...byKind(changes)].flatMap(([kind, own]) =>
      chunks(own).map((some) => {
        const json = JSON.stringify(some.map(toEntry));
        return {
          partitionKey,
          rowKey: `${factoryHash(factory)}|${kind}|${hashedKey(json).slice(0, 32)}`,
          kind,
          subscriptionId: factory.subscriptionId,
          resourceGroup: factory.resourceGroup,
          factoryName: factory.name,
          ...toGzipColumns(json).own,
        };
      }),
    );
    const upserts = rows.map((row): TransactionAction => ['upsert', row, 'Replace']);
    await Promise.all(
      toTransactions(upserts.map((upsert) => [upsert]))
        .flat()
        .map((actions) => submitUnconditional(this.table, actions)),
    );
  }

  async recorded(connector: ConnectorKey, runId: string, factory: FactoryRef, kind?: ResourceKind) {
    const hash = factoryHash(factory);
    const { from, to } = prefixRange(kind === undefined ? `${hash}|` : `${hash}|${kind}|`);
    const filter = odata`PartitionKey eq ${partition(connector, runId)} and RowKey ge ${from} and RowKey lt ${to}`;
    const found = new Map<string, FactoryChange>();
    for await (const row of this.table.listEntities({ queryOptions: { filter } }))
      mergeInto(found, parseChanges(row));
    return new Map([...found].map(([rowKey, { change }]) => [rowKey, change]));
  }

  /**
   * The continuation is the row key without digest and the resource's row key of the last change
   * shown.
   */
  async list(
    connector: ConnectorKey,
    runId: string,
    { change, kind }: ChangeQuery,
    { limit, continuation }: PageRequest,
  ): Promise<Page<FactoryChange>> {
    const [group = '', after = ''] = continuation?.split('\n') ?? [];
    const items: FactoryChange[] = [];
    let last = '';
    for await (const { name, changes } of this.groups(connector, runId, kind, group)) {
      const from = name === group ? after : '';
      for (const each of changes) {
        if (each.rowKey <= from || (change !== undefined && each.change !== change)) continue;
        if (items.length === limit) return { items, continuation: last };
        items.push(each);
        last = `${name}\n${each.rowKey}`;
      }
    }
    return { items };
  }

  async deleteRun(connector: ConnectorKey, runId: string): Promise<void> {
    await deleteWhere(this.table, odata`PartitionKey eq ${partition(connector, runId)}`);
  }

  async deleteConnector(connector: ConnectorKey, stretch?: Stretch): Promise<void> {
    const { from, to } = prefixRange(partition(connector, ''));
    const filter = odata`PartitionKey ge ${from} and PartitionKey lt ${to}`;
    await deleteWhere(this.table, filter, stretch);
  }

  /** Yields the changes of each factory and kind, each once and ordered by row key. */
  private async *groups(
    connector: ConnectorKey,
    runId: string,
    kind: string | undefined,
    from: string,
  ): AsyncGenerator<{ readonly name: string; readonly changes: readonly FactoryChange[] }> {
    const filter = [
      odata`PartitionKey eq ${partition(connector, runId)} and RowKey ge ${from}`,
      ...(kind ? [odata`kind eq ${kind}`] : []),
    ].join(' and ');
    let name = '';
    let found = new Map<string, FactoryChange>();
    for await (const row of this.table.listEntities({ queryOptions: { filter } })) {
      const group = row.rowKey!.slice(0, row.rowKey!.lastIndexOf('|'));
      if (group !== name && found.size > 0) yield { name, changes: sorted(found) };
      if (group !== name) found = new Map();
      name = group;
      mergeInto(found, parseChanges(row));
    }
    if (found.size > 0) yield { name, changes: sorted(found) };
  }
}

const partition = ({ tenantId, connectorId }: ConnectorKey, runId: string) =>
  `${tenantId}|${connectorId}|${runId}`;

const toEntry = ({ rowKey, change, name, parent }: LoggedChange) =>
  parent === undefined ? [rowKey, change, name] : [rowKey, change, name, parent];

const sorted = (changes: ReadonlyMap<string, FactoryChange>) =>
  [...changes.values()].sort((one, other) => (one.rowKey < other.rowKey ? -1 : 1));

function byKind(changes: readonly LoggedChange[]): Map<string, LoggedChange[]> {
  const groups = new Map<string, LoggedChange[]>();
  for (const each of changes) {
    const group = groups.get(each.kind) ?? [];
    group.push(each);
    groups.set(each.kind, group);
  }
  return groups;
}

const chunks = (changes: readonly LoggedChange[]) =>
  Array.from({ length: Math.ceil(changes.length / maxChangesPerRow) }, (_, n) =>
    changes.slice(n * maxChangesPerRow, (n + 1) * maxChangesPerRow),
  );

function mergeInto(found: Map<string, FactoryChange>, changes: readonly FactoryChange[]): void {
  for (const each of changes) {
    const known = found.get(each.rowKey);
    found.set(each.rowKey, known ? mergeChange(known, each) : each);
  }
}

function parseChanges(row: Record<string, unknown>): FactoryChange[] {
  const { kind, subscriptionId, resourceGroup, factoryName } = columns.parse(row);
  const factory = { subscriptionId, resourceGroup, name: factoryName };
  return entries
    .parse(JSON.parse(fromGzipColumns([row]) ?? '[]'))
    .map(([rowKey, change, name, parent]) => ({
      rowKey,
      change,
      kind,
      name,
      ...(parent !== undefined && { parent }),
      factory,
    }));
}
