/**
 * Reads the states of run history of a connector with one query, because a sync run needs all of them
 * one after the other. Each is handed out once, so a step that is repeated reads storage. A state may
 * be as old as the query: every write depends on its version.
 */
import { odata, type TableClient } from '@azure/data-tables';
import { LRUCache } from 'lru-cache';
import { continuationRowKey } from '../table-storage/multi-row-json';
import { prefixRange } from '../table-storage/table-client';

type Row = Readonly<Record<string, unknown>>;

/** A state: its first row, then its continuation rows. */
export type StateRows = readonly [Row, ...Row[]];

const ttlMs = 60_000;
/** A state has some 10 KB at most, compressed. */
const maxStates = 1_000;
const maxSyncRuns = 100;

export class RunHistoryLookAhead {
  private readonly states = new LRUCache<string, StateRows>({ max: maxStates, ttl: ttlMs });
  private readonly queries = new LRUCache<string, Promise<void>>({ max: maxSyncRuns, ttl: ttlMs });

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
    const known = this.queries.get(syncRunId);
    const query = known ?? this.read(syncRunId, partitionKey);
    if (!known) this.queries.set(syncRunId, query);
    await query.catch((error: unknown) => {
      this.queries.delete(syncRunId);
      throw error;
    });
    const key = `${syncRunId} ${rowKey}`;
    const rows = this.states.get(key);
    this.states.delete(key);
    return rows;
  }

  /** One page: the states of a connector that has more are read one by one. */
  private async read(syncRunId: string, partitionKey: string): Promise<void> {
    const { from, to } = prefixRange(this.prefix);
    const filter = odata`PartitionKey eq ${partitionKey} and RowKey ge ${from} and RowKey lt ${to}`;
    const pages = this.table.listEntities<Row>({ queryOptions: { filter } }).byPage();
    const { value: rows = [] } = (await pages.next()) as { value?: readonly Row[] };
    const byKey = new Map(rows.map((row) => [String(row['rowKey']), row]));
    for (const [rowKey, row] of byKey) {
      if (rowKey.slice(this.prefix.length).includes('|')) continue;
      const more = Array.from({ length: Number(row['bodyRows'] ?? 0) }, (_, n) =>
        byKey.get(continuationRowKey(rowKey, n)),
      );
      if (more.every((each) => each !== undefined))
        this.states.set(`${syncRunId} ${rowKey}`, [row, ...more]);
    }
  }
}
