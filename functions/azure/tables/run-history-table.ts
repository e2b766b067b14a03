/**
 * Runs in Table Storage: PartitionKey `{tenant}|{connector}|{factory hash}|{day}`, RowKey `{reverse ticks}|{run id}`, so
 * that the newest stands first and old days go as whole partitions. Activities of a run lie packed in a row beside it.
 */
import { odata, type TableClient, type TransactionAction } from '@azure/data-tables';
import { z } from 'zod';
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
import { fromGzipColumns } from '../table-storage/gzip-columns';
import { continuationRowKey, upsertMultiRow } from '../table-storage/multi-row-json';
import { deleteWhere } from '../table-storage/row-deletion';
import { onStatus, prefixRange } from '../table-storage/table-client';
import { toTransactions } from '../table-storage/batching';

const run = z.object({ run: z.string().transform((text) => JSON.parse(text) as StoredRun) });

export class RunHistoryTable implements RunHistoryStore {
  constructor(private readonly table: TableClient) {}

  async put(connector: ConnectorKey, factory: FactoryRef, runs: readonly StoredRun[]) {
    const byDay = new Map<string, TransactionAction[][]>();
    for (const each of runs) {
      const day = dayOf(each.start);
      const place = { ...connector, factory: factoryHash(factory), day };
      const actions = byDay.get(day) ?? [];
      actions.push([['upsert', { ...keyOf(place, runKey(each)), ...toColumns(each) }, 'Replace']]);
      byDay.set(day, actions);
    }
    await Promise.all(
      [...byDay.values()].flatMap((groups) =>
        toTransactions(groups)
          .flat()
          .map((transaction) => this.table.submitTransaction(transaction)),
      ),
    );
  }

  async putActivities(place: RunPartition, runId: string, activities: readonly ActivityRun[]) {
    const row = keyOf(place, activitiesKey(runId));
    await upsertMultiRow(this.table, row, JSON.stringify(activities));
  }

  async list(
    place: RunPartition,
    { kind, name, status, from, to }: RunFilter,
    { limit, after }: { readonly limit: number; readonly after?: string | undefined },
  ): Promise<readonly StoredRun[]> {
    // Pipeline runs begin with a digit: the first key behind them is `:`.
    const prefix = kind === 'pipeline' ? '' : `${kind}|`;
    const range = prefix === '' ? { from: '0', to: ':' } : prefixRange(prefix);
    const filter = [
      odata`PartitionKey eq ${partition(place)} and RowKey lt ${range.to}`,
      after === undefined ? odata`RowKey ge ${range.from}` : odata`RowKey gt ${after}`,
      // Keys count time backwards.
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
      found.push(...page.map((row) => run.parse(row).run));
      if (found.length >= limit) break;
    }
    return found.slice(0, limit);
  }

  async get(place: RunPartition, key: string): Promise<StoredRun | undefined> {
    const { partitionKey, rowKey } = keyOf(place, key);
    const row = await this.table
      .getEntity(partitionKey, rowKey)
      .catch(onStatus(404, () => undefined));
    return row && run.parse(row).run;
  }

  async activities(
    place: RunPartition,
    runId: string,
  ): Promise<readonly ActivityRun[] | undefined> {
    const { partitionKey, rowKey } = keyOf(place, activitiesKey(runId));
    const row = await this.table
      .getEntity(partitionKey, rowKey)
      .catch(onStatus(404, () => undefined));
    if (!row) return undefined;
    const more = await Promise.all(
      Array.from({ length: Number(row['bodyRows'] ?? 0) }, (_, n) =>
        this.table.getEntity(partitionKey, continuationRowKey(rowKey, n)),
      ),
    );
    return JSON.parse(fromGzipColumns([row, ...more]) ?? '[]') as ActivityRun[];
  }

  async deleteBefore(connector: ConnectorKey, factory: FactoryRef, day: string): Promise<void> {
    const [from, to] = ['', day].map((each) =>
      partition({ ...connector, factory: factoryHash(factory), day: each }),
    );
    await deleteWhere(this.table, odata`PartitionKey ge ${from!} and PartitionKey lt ${to!}`);
  }

  async deleteConnector({ tenantId, connectorId }: ConnectorKey): Promise<void> {
    const { from, to } = prefixRange(`${tenantId}|${connectorId}|`);
    await deleteWhere(this.table, odata`PartitionKey ge ${from} and PartitionKey lt ${to}`);
  }
}

const partition = ({ tenantId, connectorId, factory, day }: RunPartition) =>
  `${tenantId}|${connectorId}|${factory}|${day}`;
const keyOf = (place: RunPartition, rowKey: string) => ({ partitionKey: partition(place), rowKey });
const activitiesKey = (runId: string) => `activities|${runId.toLowerCase()}`;

const toColumns = (stored: StoredRun) => ({
  name: (stored.kind === 'pipeline' ? stored.pipeline : stored.trigger).toLowerCase(),
  status: stored.status.toLowerCase(),
  run: JSON.stringify(stored),
});
