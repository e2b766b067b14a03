/**
 * Run history. PartitionKey: `{tenant}|{connector}|{day}`, so a list over all factories reads one
 * partition for each day. RowKey: `{reverse ticks}|{run id}|{factory hash}`, newest first. The activity
 * runs of a pipeline run are gzip JSON in rows of their own, `activities|{run id}|{factory hash}`. The
 * row `writer|{factory hash}|{number}` of the step that may write the runs of a factory of that day is
 * part of every transaction. Every row has a column with the factory hash.
 */
import { odata, type TableClient, type TransactionAction } from '@azure/data-tables';
import { z } from 'zod';
import type { Stretch } from '../../concurrency/stretch';
import type { FactoryRef } from '../../data-factory/resource';
import type { ConnectorKey } from '../../storage/connector-key';
import { factoryHash } from '../../data-factory/resource-id';
import type {
  DayPartition,
  ListedRun,
  RunFilter,
  RunPartition,
  RunHistoryStore,
  Writer,
} from '../../run-history/ports';
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

const runRow = z.object({ factory: z.string(), run: jsonColumn(storedRun) });

export class RunHistoryTable implements RunHistoryStore {
  constructor(private readonly table: TableClient) {}

  async admitWriter(partition: RunPartition, writer: Writer): Promise<void> {
    const { factory } = partition;
    const { partitionKey, rowKey } = keyOf(partition, writerKey(factory, writer));
    await this.table.upsertEntity({ partitionKey, rowKey, factory }, 'Replace');
    const first = writerPrefix(factory);
    const earlier = odata`PartitionKey eq ${partitionKey} and RowKey ge ${first} and RowKey lt ${rowKey}`;
    await deleteWhere(this.table, earlier);
  }

  async dismissWriter(partition: RunPartition, writer: Writer): Promise<void> {
    await deleteRow(this.table, keyOf(partition, writerKey(partition.factory, writer)));
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
      const key = keyOf(partition, runRowKey(partition, runKey(each)));
      const row = { ...key, factory: partition.factory, ...toColumns(each) };
      actions.push([['upsert', row, 'Replace']]);
      byDay.set(day, actions);
    }
    const hash = factoryHash(factory);
    await Promise.all([...byDay.values()].map((groups) => this.write(hash, groups, writer)));
  }

  async putActivities(
    partition: RunPartition,
    pipelineRunId: string,
    activities: readonly ActivityRun[],
    writer: Writer,
  ): Promise<void> {
    const { factory } = partition;
    const row = keyOf(partition, activitiesKey(partition, pipelineRunId));
    const rows = toUpserts(row, JSON.stringify(activities)).map(
      ([, columns]): TransactionAction => {
        return ['upsert', { ...(columns as RowKey), factory }, 'Replace'];
      },
    );
    await this.write(factory, [rows], writer);
  }

  /** Writes groups of rows of one day. */
  private async write(
    factory: string,
    groups: readonly TransactionAction[][],
    writer: Writer,
  ): Promise<void> {
    const { partitionKey } = groups[0]![0]![1] as RowKey;
    const fence = { partitionKey, rowKey: writerKey(factory, writer) };
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
    { factory, ...partition }: DayPartition,
    { kind, name, status, from, to }: RunFilter,
    { limit, after }: { readonly limit: number; readonly after?: string | undefined },
  ): Promise<readonly ListedRun[]> {
    // Keys of pipeline runs begin with a digit, and `:` is the first character after the digits.
    const prefix = kind === 'pipeline' ? '' : `${kind}|`;
    const range = prefix === '' ? { from: '0', to: ':' } : prefixRange(prefix);
    const filter = [
      odata`PartitionKey eq ${partitionKeyOf(partition)} and RowKey lt ${range.to}`,
      after === undefined ? odata`RowKey ge ${range.from}` : odata`RowKey gt ${after}`,
      // Reverse ticks: later runs have smaller keys.
      ...(to === undefined ? [] : [odata`RowKey gt ${`${prefix}${reverseTicks(to)}|~`}`]),
      ...(from === undefined ? [] : [odata`RowKey lt ${`${prefix}${reverseTicks(from)}|~`}`]),
      ...(factory === undefined ? [] : [odata`factory eq ${factory}`]),
      ...(name === undefined ? [] : [odata`name eq ${name.toLowerCase()}`]),
      ...(status === undefined ? [] : [odata`status eq ${status.toLowerCase()}`]),
    ].join(' and ');
    const found: ListedRun[] = [];
    const pages = this.table
      .listEntities<object>({ queryOptions: { filter } })
      .byPage({ maxPageSize: limit });
    for await (const page of pages) {
      found.push(...page.map((row) => runRow.parse(row)));
      if (found.length >= limit) break;
    }
    return found.slice(0, limit);
  }

  async get(partition: RunPartition, key: string): Promise<StoredRun | undefined> {
    const { partitionKey, rowKey } = keyOf(partition, runRowKey(partition, key));
    const row = await this.table
      .getEntity(partitionKey, rowKey)
      .catch(onStatus(404, () => undefined));
    return row && runRow.parse(row).run;
  }

  async getActivities(
    partition: RunPartition,
    pipelineRunId: string,
  ): Promise<readonly ActivityRun[] | undefined> {
    const { partitionKey, rowKey } = keyOf(partition, activitiesKey(partition, pipelineRunId));
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
    const [from, to] = ['', day].map((each) => partitionKeyOf({ ...connector, day: each }));
    const hash = factoryHash(factory);
    const rows = odata`PartitionKey ge ${from!} and PartitionKey lt ${to!} and factory eq ${hash}`;
    await deleteWhere(this.table, rows);
  }

  async deleteConnector({ tenantId, connectorId }: ConnectorKey, stretch?: Stretch): Promise<void> {
    const { from, to } = prefixRange(`${tenantId}|${connectorId}|`);
    const filter = odata`PartitionKey ge ${from} and PartitionKey lt ${to}`;
    await deleteWhere(this.table, filter, stretch);
  }
}

const partitionKeyOf = ({ tenantId, connectorId, day }: DayPartition) =>
  `${tenantId}|${connectorId}|${day}`;
const runRowKey = ({ factory }: RunPartition, key: string) => `${key}|${factory}`;
const keyOf = (partition: RunPartition, rowKey: string) => ({
  partitionKey: partitionKeyOf(partition),
  rowKey,
});
const writerPrefix = (factory: string) => `writer|${factory}|`;
const writerKey = (factory: string, { writer }: Writer) =>
  `${writerPrefix(factory)}${String(writer).padStart(16, '0')}`;
const isSuperseded = (cause: unknown): never => {
  throw superseded(cause);
};
const activitiesKey = ({ factory }: RunPartition, pipelineRunId: string) =>
  `activities|${pipelineRunId.toLowerCase()}|${factory}`;

const toColumns = (stored: StoredRun) => ({
  name: (stored.kind === 'pipeline' ? stored.pipeline : stored.trigger).toLowerCase(),
  status: stored.status.toLowerCase(),
  run: JSON.stringify(stored),
});
