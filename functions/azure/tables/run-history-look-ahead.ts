/**
 * Reads the states of run history of a connector with one query, because a sync run needs all of them
 * one after the other. Each is handed out once, so a step that is repeated reads storage. A state may
 * be as old as the query: every write depends on its version.
 */
import { odata, type TableClient } from '@azure/data-tables';
import { TtlCache } from '../../concurrency/ttl-cache';
import { continuationRowKey } from '../table-storage/multi-row-json';
import { prefixRange } from '../table-storage/table-client';

type Row = Readonly<Record<string, unknown>>;

/** A state: its first row, then its continuation rows. */
export type StateRows = readonly [Row, ...Row[]];

const ttlMs = 60_000;
/** One page of compressed rows each, so some megabytes at most. */
const maxSyncRuns = 8;

export class RunHistoryLookAhead {
  private readonly ahead = new TtlCache<Map<string, StateRows>>(
    ttlMs,
    maxSyncRuns,
    () => new Date(),
  );

  constructor(
    private readonly table: TableClient,
    private readonly prefix: string,
  ) {}

  /** Undefined if the state is not known, or was taken before. */
  async take(
    syncRunId: string,
    partitionKey: string,
    rowKey: string,
  ): Promise<StateRows | undefined> {
    const states = await this.ahead.getOrLoad(syncRunId, () => this.read(partitionKey));
    const rows = states.get(rowKey);
    states.delete(rowKey);
    return rows;
  }

  /** One page: the states of a connector that has more are read one by one. */
  private async read(partitionKey: string): Promise<Map<string, StateRows>> {
    const { from, to } = prefixRange(this.prefix);
    const filter = odata`PartitionKey eq ${partitionKey} and RowKey ge ${from} and RowKey lt ${to}`;
    const pages = this.table.listEntities<Row>({ queryOptions: { filter } }).byPage();
    const { value: rows = [] } = (await pages.next()) as { value?: readonly Row[] };
    const byKey = new Map(rows.map((row) => [String(row['rowKey']), row]));
    const states = new Map<string, StateRows>();
    for (const [rowKey, row] of byKey) {
      if (rowKey.slice(this.prefix.length).includes('|')) continue;
      const more = Array.from({ length: Number(row['bodyRows'] ?? 0) }, (_, n) =>
        byKey.get(continuationRowKey(rowKey, n)),
      );
      if (more.every((each) => each !== undefined)) states.set(rowKey, [row, ...more]);
    }
    return states;
  }
}
