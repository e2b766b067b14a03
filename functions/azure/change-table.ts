/**
 * The change log in Table Storage: PartitionKey `{tenant}|{connector}|{run}`, RowKey `{factory hash}|{row key}`. A step
 * that runs twice writes the same rows, and a run is forgotten by dropping its partition.
 */
import { odata, type TableClient, type TransactionAction } from '@azure/data-tables';
import { z } from 'zod';
import {
  changeWord,
  type ChangeQuery,
  type FactoryChange,
  type LoggedChange,
} from '../catalog/change-log';
import type { ChangeLog } from '../catalog/ports';
import { resourceKind, type ConnectorKey, type FactoryRef } from '../catalog/resource';
import { factoryHash } from '../catalog/resource-id';
import type { Page, PageRequest } from '../page';
import { deleteWhere } from './row-deletion';
import { pageOf, prefixRange } from './tables';
import { transactionsOf } from './transactions';

const columns = z.object({
  rowKey: z.string(),
  change: changeWord,
  kind: resourceKind,
  name: z.string(),
  subscriptionId: z.string(),
  resourceGroup: z.string(),
  factoryName: z.string(),
});

export class ChangeTable implements ChangeLog {
  constructor(private readonly table: TableClient) {}

  async note(
    connector: ConnectorKey,
    runId: string,
    factory: FactoryRef,
    changes: readonly LoggedChange[],
  ): Promise<void> {
    const partitionKey = partition(connector, runId);
    const hash = factoryHash(factory);
    const about = {
      subscriptionId: factory.subscriptionId,
      resourceGroup: factory.resourceGroup,
      factoryName: factory.name,
    };
    const rows = changes.map(({ rowKey, change, kind, name }): TransactionAction[] => [
      [
        'upsert',
        { partitionKey, rowKey: `${hash}|${rowKey}`, change, kind, name, ...about },
        'Replace',
      ],
    ]);
    for (const chain of transactionsOf(rows))
      for (const transaction of chain) await this.table.submitTransaction(transaction);
  }

  list(
    connector: ConnectorKey,
    runId: string,
    { change, kind }: ChangeQuery,
    page: PageRequest,
  ): Promise<Page<FactoryChange>> {
    const filter = [
      odata`PartitionKey eq ${partition(connector, runId)}`,
      ...(change ? [odata`change eq ${change}`] : []),
      ...(kind ? [odata`kind eq ${kind}`] : []),
    ].join(' and ');
    return pageOf(this.table, filter, page, toChange);
  }

  async deleteRun(connector: ConnectorKey, runId: string): Promise<void> {
    await deleteWhere(this.table, odata`PartitionKey eq ${partition(connector, runId)}`);
  }

  async deleteConnector(tenantId: string, connectorId: string): Promise<void> {
    const { from, to } = prefixRange(partition({ tenantId, connectorId }, ''));
    await deleteWhere(this.table, odata`PartitionKey ge ${from} and PartitionKey lt ${to}`);
  }
}

const partition = ({ tenantId, connectorId }: ConnectorKey, runId: string) =>
  `${tenantId}|${connectorId}|${runId}`;

function toChange(row: object): FactoryChange {
  const { rowKey, subscriptionId, resourceGroup, factoryName, ...rest } = columns.parse(row);
  const factory = { subscriptionId, resourceGroup, name: factoryName };
  return { ...rest, rowKey: rowKey.slice(rowKey.indexOf('|') + 1), factory };
}
