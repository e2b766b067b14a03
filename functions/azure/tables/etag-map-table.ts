/**
 * Etag maps in Table Storage: PartitionKey `{tenant}|{connector}`, RowKey `{factory hash}|{kind}`. The map itself is
 * packed like a body, about 60 bytes an object.
 */
import { odata, type TableClient } from '@azure/data-tables';
import { z } from 'zod';
import type { EtagMap, EtagEntry } from '../../catalog/etag-map';
import type { EtagMapStore, KindCounts, KnownFactory } from '../../catalog/ports';
import type { FactoryRef, ListedKind } from '../../data-factory/resource';
import type { ConnectorKey } from '../../storage/connector-key';
import { factoryHash } from '../../data-factory/resource-id';
import { fromGzipColumns } from '../table-storage/gzip-columns';
import { continuationRowKey, upsertMultiRow } from '../table-storage/multi-row-json';
import { onStatus } from '../table-storage/table-client';

/** Raised when the rules of what is stored change: what older rules saw is then forgotten, so all is written anew. */
const schemaVersion = 3;

/** Further rows of a map have none of these. */
const factoryColumns = z.object({
  subscriptionId: z.string().optional(),
  resourceGroup: z.string().optional(),
  factoryName: z.string().optional(),
});
const named = ['RowKey', ...Object.keys(factoryColumns.shape)];

const stored = z.array(
  z.tuple([z.string(), z.string(), z.string(), z.number(), z.string().nullable()]),
);

export class EtagMapTable implements EtagMapStore {
  constructor(private readonly table: TableClient) {}

  async load(connector: ConnectorKey, factory: FactoryRef, kind: ListedKind): Promise<EtagMap> {
    const partitionKey = partition(connector);
    const rowKey = rowKeyOf(factory, kind);
    const row = await this.table
      .getEntity(partitionKey, rowKey)
      .catch(onStatus(404, () => undefined));
    if (!row) return { entries: new Map() };
    const more = await Promise.all(
      Array.from({ length: Number(row['bodyRows'] ?? 0) }, (_, n) =>
        this.table.getEntity(partitionKey, continuationRowKey(rowKey, n)),
      ),
    );
    const known = stored.parse(JSON.parse(fromGzipColumns([row, ...more]) ?? '[]'));
    const current = row['rules'] === schemaVersion;
    const dirtySyncRunId = row['dirtySyncRunId'];
    return {
      entries: new Map(
        known.map(([key, etag, hash, children, pass]): [string, EtagEntry] => [
          key,
          {
            hash: current ? hash : '',
            ...(current && etag !== '' && { etag }),
            ...(children > 0 && { children }),
            ...(pass !== null && { syncRunId: pass }),
          },
        ]),
      ),
      ...(typeof dirtySyncRunId === 'string' && dirtySyncRunId !== '' && { dirtySyncRunId }),
    };
  }

  async markDirty(connector: ConnectorKey, factory: FactoryRef, kind: ListedKind, pass: string) {
    await this.table.upsertEntity(
      { ...about(connector, factory, kind), dirtySyncRunId: pass },
      'Merge',
    );
  }

  async save(connector: ConnectorKey, factory: FactoryRef, kind: ListedKind, map: EtagMap) {
    const entries = [...map.entries].map(
      ([rowKey, { etag = '', hash, children = 0, syncRunId }]) => [
        rowKey,
        etag,
        hash,
        children,
        syncRunId ?? null,
      ],
    );
    const children = [...map.entries.values()].reduce((sum, seen) => sum + (seen.children ?? 0), 0);
    const key = about(connector, factory, kind);
    const row = {
      ...key,
      dirtySyncRunId: map.dirtySyncRunId ?? '',
      rules: schemaVersion,
      objects: entries.length,
      children,
    };
    await upsertMultiRow(this.table, row, JSON.stringify(entries));
  }

  async listFactories(connector: ConnectorKey): Promise<readonly KnownFactory[]> {
    const found = new Map<string, KnownFactory>();
    for await (const row of this.rows(connector, [...named, 'objects', 'missingSinceRun'])) {
      const { subscriptionId, resourceGroup, factoryName } = factoryColumns.parse(row);
      const hash = row.rowKey!.split('|')[0]!;
      const objects = (found.get(hash)?.objects ?? 0) + Number(row['objects'] ?? 0);
      const missingSinceRun = row['missingSinceRun'] || found.get(hash)?.missingSinceRun;
      if (subscriptionId !== undefined && resourceGroup !== undefined && factoryName !== undefined)
        found.set(hash, {
          ...(typeof missingSinceRun === 'string' && { missingSinceRun }),
          hash,
          factory: { subscriptionId, resourceGroup, name: factoryName },
          objects,
        });
    }
    return [...found.values()];
  }

  async markMissing(connector: ConnectorKey, factory: FactoryRef, pass: string | undefined) {
    await this.table.upsertEntity(
      {
        partitionKey: partition(connector),
        rowKey: `${factoryHash(factory)}|discovery`,
        missingSinceRun: pass ?? '',
        ...columnsOf(factory),
      },
      'Replace',
    );
  }

  async countByKind(connector: ConnectorKey): Promise<KindCounts> {
    const counts: KindCounts = {};
    for await (const row of this.rows(connector, ['RowKey', 'kind', 'objects', 'children'])) {
      const kind = row['kind'] as ListedKind | undefined;
      if (kind === undefined) continue;
      counts[kind] = (counts[kind] ?? 0) + Number(row['objects'] ?? 0);
      if (kind === 'pipeline')
        counts.activity = (counts.activity ?? 0) + Number(row['children'] ?? 0);
    }
    return counts;
  }

  async deleteConnector(connector: ConnectorKey): Promise<void> {
    const partitionKey = partition(connector);
    for await (const { rowKey } of this.rows(connector, ['RowKey']))
      await this.table.deleteEntity(partitionKey, rowKey!).catch(onStatus(404, () => undefined));
  }

  private rows(connector: ConnectorKey, select: string[]) {
    const filter = odata`PartitionKey eq ${partition(connector)}`;
    return this.table.listEntities({ queryOptions: { filter, select } });
  }
}

const partition = ({ tenantId, connectorId }: ConnectorKey) => `${tenantId}|${connectorId}`;
const rowKeyOf = (factory: FactoryRef, kind: ListedKind) => `${factoryHash(factory)}|${kind}`;

const about = (connector: ConnectorKey, factory: FactoryRef, kind: ListedKind) => ({
  partitionKey: partition(connector),
  rowKey: rowKeyOf(factory, kind),
  kind,
  ...columnsOf(factory),
});

const columnsOf = (factory: FactoryRef) => ({
  subscriptionId: factory.subscriptionId,
  resourceGroup: factory.resourceGroup,
  factoryName: factory.name,
});
