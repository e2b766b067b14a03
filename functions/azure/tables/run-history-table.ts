/**
 * Run history. PartitionKey: `{tenant}|{connector}|{factory hash}|{day}`, so old days are deleted
 * as whole partitions. RowKey: `{reverse ticks}|{run id}`, newest first. The activity runs of a
 * pipeline run are gzip JSON in rows of their own, `activities|{run id}`. The row `writer|{number}`
 * of the step that may write the day is part of every transaction.
 */
import { odata, type TableClient, type TransactionAction } from '@azure/data-tables';
import { z } from 'zod';
import type { Stretch } from '../../concurrency/stretch';
import type { FactoryRef } from '../../data-factory/resource';
import type { ConnectorKey } from '../../storage/connector-key';
import { factoryHash } from '../../data-factory/resource-id';
import type { RunFilter, RunPartition, RunHistoryStore, Writer } from '../../run-history/ports';
import {
  dayOf,
  reverseTicks,
  runKey,
  type ActivityRun,
  type StoredRun,
} from '../../run-history/run';
import { superseded } from '../../run-history/superseded';
import { deleteRow, type RowKey } from '../table-storage/conditional-write';
import { submitWhileExists } from '../table-storage/unconditional-write';
import { fromGzipColumns } from '../table-storage/gzip-columns';
import { jsonColumn } from '../table-storage/json-column';
import { continuationRowKey, toUpserts } from '../table-storage/multi-row-json';
import { deleteWhere } from '../table-storage/row-deletion';
import { onStatus, prefixRange } from '../table-storage/table-client';
import { toTransactions } from '../table-storage/batching';
import { activityRun, storedRun } from './run-history-json';

const runRow = z.object({ run: jsonColumn(storedRun) });

export class RunHistoryTable implements RunHistoryStore {
  constructor(private readonly table: TableClient) {}

  async admitWriter(partition: RunPartition, writer: Writer): Promise<void> {
    const { partitionKey, rowKey } = keyOf(partition, writerKey(writer));
    await this.table.upsertEntity({ partitionKey, rowKey }, 'Replace');
    const earlier = odata`PartitionKey eq ${partitionKey} and RowKey ge ${writerPrefix} and RowKey lt ${rowKey}`;
    await deleteWhere(this.table, earlier);
  }

  async dismissWriter(partition: RunPartition, writer: Writer): Promise<void> {
    await deleteRow(this.table, keyOf(partition, writerKey(writer)));
  }

  async put(
    connector: ConnectorKey,
    factory: FactoryRef,
    runs: readonly StoredRun[],
    writer: Writer,
  ): Promise<void> {
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
    await Promise.all([...byDay.values()].map((groups) => this.write(groups, writer)));
  }

  async putActivities(
    partition: RunPartition,
    pipelineRunId: string,
    activities: readonly ActivityRun[],
    writer: Writer,
  ): Promise<void> {
    const row = keyOf(partition, activitiesKey(pipelineRunId));
    await this.write([toUpserts(row, JSON.stringify(activities))], writer);
  }

  /** Writes groups of rows of one day. */
  private async write(groups: readonly TransactionAction[][], writer: Writer): Promise<void> {
    const { partitionKey } = groups[0]![0]![1] as RowKey;
    const fence = { partitionKey, rowKey: writerKey(writer) };
    await Promise.all(
      toTransactions(groups, 1).map(async (chain) => {
        for (const transaction of chain)
          await submitWhileExists(this.table, transaction, fence).catch(
            onStatus(404, isSuperseded),
          );
      }),
    );
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
const writerPrefix = 'writer|';
const writerKey = ({ writer }: Writer) => `${writerPrefix}${String(writer).padStart(16, '0')}`;
const isSuperseded = (cause: unknown): never => {
  throw superseded(cause);
};
const activitiesKey = (pipelineRunId: string) => `activities|${pipelineRunId.toLowerCase()}`;

const toColumns = (stored: StoredRun) => ({
  name: (stored.kind === 'pipeline' ? stored.pipeline : stored.trigger).toLowerCase(),
  status: stored.status.toLowerCase(),
  run: JSON.stringify(stored),
});
