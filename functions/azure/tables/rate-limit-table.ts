/** RateLimitStore in Table Storage. PartitionKey: tenant. RowKey: `{limit}-{hash of the subject}`. */
import type { TableClient } from '@azure/data-tables';
import { z } from 'zod';
import { BoundedMap } from '../../concurrency/bounded-map';
import type { RateLimitStore, RateLimitWindow } from '../../http/ports';
import { createRow, replaceRow, storedEtag, type RowKey } from '../table-storage/conditional-write';
import { deleteExpiredRows } from '../table-storage/expired-rows';
import { hashedKey, onStatus } from '../table-storage/table-client';

const columns = z.object({ window: z.number(), used: z.number() });

/** After so many lost races with other workers, a request is refused: many count at the same time. */
const maxAttempts = 25;

/** Requests of this worker that are counted with one write. */
interface Batch {
  readonly window: RateLimitWindow;
  readonly quota: number;
  readonly resolvers: ((used: Promise<number>) => void)[];
}

/** The row of a subject, as this worker has written it. */
interface KnownRow {
  readonly window: number;
  readonly used: number;
  readonly etag: string;
}

const maxKnownRows = 5_000;
/** How long a row counts as written by several workers after a lost race. */
const sharedMs = 60_000;

export class RateLimitTable implements RateLimitStore {
  /**
   * Rows that this worker wrote last, so that its next request need not read them. A row that another
   * worker writes as well is read each time, because a lost race costs more than a read.
   */
  private readonly known = new BoundedMap<KnownRow>(maxKnownRows);
  /** When a race was lost last, on the clock of `performance.now()`. */
  private readonly lostRaces = new BoundedMap<number>(maxKnownRows);
  private readonly waiting = new Map<string, Batch>();
  private readonly writing = new Set<string>();

  constructor(private readonly table: TableClient) {}

  /** Requests that arrive during a write form the next batch, so a worker never races itself. */
  increment(window: RateLimitWindow, quota: number): Promise<number> {
    const key = `${window.tenantId}/${rowKeyOf(window)}/${window.window}`;
    return new Promise((resolve) => {
      const batch = this.waiting.get(key) ?? { window, quota, resolvers: [] };
      this.waiting.set(key, batch);
      batch.resolvers.push(resolve);
      void this.writeBatches(key);
    });
  }

  deleteExpired(now: Date): AsyncIterable<string> {
    this.known.clear();
    return deleteExpiredRows(this.table, now);
  }

  private async writeBatches(key: string): Promise<void> {
    if (this.writing.has(key)) return;
    this.writing.add(key);
    for (let batch = this.waiting.get(key); batch; batch = this.waiting.get(key)) {
      this.waiting.delete(key);
      const { window, quota, resolvers } = batch;
      const count = resolvers.length;
      const last = this.incrementBy(count, window, quota);
      await last.catch(() => undefined); // The callers get the error below.
      for (const [n, resolve] of resolvers.entries())
        resolve(last.then((used) => used - count + 1 + n));
    }
    this.writing.delete(key);
  }

  /** Returns the number of the last request. Requests beyond the quota are not counted. */
  private async incrementBy(
    count: number,
    window: RateLimitWindow,
    quota: number,
  ): Promise<number> {
    const key = { partitionKey: window.tenantId, rowKey: rowKeyOf(window) };
    const id = `${key.partitionKey}/${key.rowKey}`;
    for (let attempt = 0; attempt < maxAttempts; attempt++) {
      const row = this.known.get(id) ?? (await this.read(key));
      // A worker whose clock is behind must not reopen an old window.
      const current = row && row.window >= window.window ? row : undefined;
      const used = current?.used ?? 0;
      if (used >= quota) return quota + count;
      const next = {
        window: current?.window ?? window.window,
        used: Math.min(quota, used + count),
      };
      const expiresAt = window.windowEndsAt.toISOString();
      const etag = await this.tryWrite({ ...key, ...next, expiresAt }, row?.etag);
      this.known.delete(id);
      if (etag === undefined) this.lostRaces.set(id, performance.now());
      else if (!this.isShared(id)) this.known.set(id, { ...next, etag });
      if (etag !== undefined) return used + count;
    }
    return quota + count;
  }

  private isShared(id: string): boolean {
    const lostAt = this.lostRaces.get(id);
    return lostAt !== undefined && performance.now() - lostAt < sharedMs;
  }

  private read({ partitionKey, rowKey }: RowKey): Promise<KnownRow | undefined> {
    return this.table
      .getEntity(partitionKey, rowKey)
      .then((entity) => ({ ...columns.parse(entity), etag: storedEtag(entity) }))
      .catch(onStatus(404, () => undefined));
  }

  /** The new etag. Undefined if another worker wrote the row since it was read. */
  private async tryWrite<Row extends RowKey>(
    row: Row,
    etag: string | undefined,
  ): Promise<string | undefined> {
    const write =
      etag === undefined ? createRow(this.table, row) : replaceRow(this.table, row, etag);
    return write
      .catch(onStatus(409, () => undefined))
      .catch(onStatus(412, () => undefined))
      .catch(onStatus(404, () => undefined));
  }
}

const rowKeyOf = ({ limit, subject }: RateLimitWindow) => `${limit}-${hashedKey(subject)}`;
