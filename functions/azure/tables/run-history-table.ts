/**
 * Run history. PartitionKey: `{tenant}|{connector}|{factory hash}|{day}`, so old days are deleted
 * as whole partitions. RowKey: `{reverse ticks}|{run id}`, newest first. The activity runs of a
 * pipeline run are gzip JSON in rows of their own, `activities|{run id}`.
 */
import { odata, type TableClient, type TransactionAction } from '@azure/data-tables';
import { z } from 'zod';
import type { Stretch } from '../../concurrency/stretch';
import type { FactoryRef } from '../../data-factory/resource';
import type { ConnectorKey } from '../../storage/connector-key';
import { factoryHash } from '../../data-factory/resource-id';
import type { RunFilter, RunPartition, RunHistoryStore } from '../../run-history/ports';
import {
  dayOf,
  reverseTicks,
  runKey,
  type ActivityRun,
  type StoredRun,
} from '../../run-history/run';
import { submitUnconditional } from '../table-storage/unconditional-write';
import { fromGzipColumns } from '../table-storage/gzip-columns';
import { jsonColumn } from '../table-storage/json-column';
import { continuationRowKey, upsertMultiRow } from '../table-storage/multi-row-json';
import { deleteWhere } from '../table-storage/row-deletion';
import { onStatus, prefixRange } from '../table-storage/table-client';
import { toTransactions } from '../table-storage/batching';
import { activityRun, storedRun } from './run-history-json';

const runRow = z.object({ run: jsonColumn(storedRun) });

export class RunHistoryTable implements RunHistoryStore {
  constructor(private readonly table: TableClient) {}

  async put(connector: ConnectorKey, factory: FactoryRef, runs: readonly StoredRun[]) {
    const byDay = new Map<string, TransactionAction[][]>();
    for (const each of runs) {
      const day = dayOf(each.start);
      const partition = { ...connector, factory: factoryHash(factory), day };
      const actions = byDay.get(day) ?? [];
      actions.push([
        ['upsert', { ...keyOf(partition, runKey(each)), ...toColumns(each) }, 'Replace'],
      ]);
      byDay.set(day, actions);
    }
    await Promise.all(
      [...byDay.values()].flatMap((groups) =>
        toTransactions(groups)
          .flat()
          .map((transaction) => submitUnconditional(this.table, transaction)),
      ),
    );
  }

  async putActivities(
    partition: RunPartition,
    pipelineRunId: string,
    activities: readonly ActivityRun[],
  ) {
    const row = keyOf(partition, activitiesKey(pipelineRunId));
    await upsertMultiRow(this.table, row, JSON.stringify(activities));
  }

  async list(
    partition: RunPartition,
    { kind, name, status, from, to }: RunFilter,
    { limit, after }: { readonly limit: number; readonly after?: string | undefined },
  ): Promise<readonly StoredRun[]> {
    // Keys of pipeline runs begin with a digit, and `:` is the first character after the digits.
    const prefix = kind === 'pipeline' ? '' : `${kind}|`;
    const range = prefix === '' ? { from: '0', to: ':' } : prefixRange(prefix);
    const filter = [
      odata`PartitionKey eq ${partitionKeyOf(partition)} and RowKey lt ${range.to}`,
      after === undefined ? odata`RowKey ge ${range.from}` : odata`RowKey gt ${after}`,
      // Reverse ticks: later runs have smaller keys.
      ...(to === undefined ? [] : [odata`RowKey gt ${`${prefix}${reverseTicks(to)}|~`}`]),
      ...(from === undefined ? [] : [odata`RowKey lt ${`${prefix}${reverseTicks(from)}|~`}`]),
      ...(name === undefined ? [] : [odata`name eq ${name.toLowerCase()}`]),
      ...(status === undefined ? [] : [odata`status eq ${status.toLowerCase()}`]),
    ].join(' and ');
    const found: StoredRun[] = [];
    const pages = this.table
      .listEntities<object>({ queryOptions: { filter } })
      .byPage({ maxPageSize: limit });
    for await (const page of pages) {
      found.push(...page.map((row) => runRow.parse(row).run));
      if (found.length >= limit) break;
    }
    return found.slice(0, limit);
  }

  async get(partition: RunPartition, key: string): Promise<StoredRun | undefined> {
    const { partitionKey, rowKey } = keyOf(partition, key);
    const row = await this.table
      .getEntity(partitionKey, rowKey)
      .catch(onStatus(404, () => undefined));
    return row && runRow.parse(row).run;
  }

  async getActivities(
    partition: RunPartition,
    pipelineRunId: string,
  ): Promise<readonly ActivityRun[] | undefined> {
    const { partitionKey, rowKey } = keyOf(partition, activitiesKey(pipelineRunId));
    const row = await this.table
      .getEntity(partitionKey, rowKey)
      .catch(onStatus(404, () => undefined));
    if (!row) return undefined;
    const more = await Promise.all(
      Array.from({ length: Number(row['bodyRows'] ?? 0) }, (_, n) =>
        this.table.getEntity(partitionKey, continuationRowKey(rowKey, n)),
      ),
    );
    const json = fromGzipColumns([row, ...more]) ?? '[]';
    return z.array(activityRun).parse(JSON.parse(json));
  }

  async deleteBefore(connector: ConnectorKey, factory: FactoryRef, day: string): Promise<void> {
    const [from, to] = ['', day].map((each) =>
      partitionKeyOf({ ...connector, factory: factoryHash(factory), day: each }),
    );
    await deleteWhere(this.table, odata`PartitionKey ge ${from!} and PartitionKey lt ${to!}`);
  }

  async deleteConnector({ tenantId, connectorId }: ConnectorKey, stretch?: Stretch): Promise<void> {
    const { from, to } = prefixRange(`${tenantId}|${connectorId}|`);
    const filter = odata`PartitionKey ge ${from} and PartitionKey lt ${to}`;
    await deleteWhere(this.table, filter, stretch);
  }
}

const partitionKeyOf = ({ tenantId, connectorId, factory, day }: RunPartition) =>
  `${tenantId}|${connectorId}|${factory}|${day}`;
const keyOf = (partition: RunPartition, rowKey: string) => ({
  partitionKey: partitionKeyOf(partition),
  rowKey,
});
const activitiesKey = (pipelineRunId: string) => `activities|${pipelineRunId.toLowerCase()}`;

const toColumns = (stored: StoredRun) => ({
  name: (stored.kind === 'pipeline' ? stored.pipeline : stored.trigger).toLowerCase(),
  status: stored.status.toLowerCase(),
  run: JSON.stringify(stored),
});
