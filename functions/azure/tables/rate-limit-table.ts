/** RateLimitStore in Table Storage. PartitionKey: tenant. RowKey: `{limit}-{hash of the subject}`. */
import type { TableClient } from '@azure/data-tables';
import { z } from 'zod';
import type { RateLimitStore, RateLimitWindow } from '../../http/ports';
import { createRow, replaceRow, storedEtag } from '../table-storage/conditional-write';
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

export class RateLimitTable implements RateLimitStore {
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
    for (let attempt = 0; attempt < maxAttempts; attempt++) {
      const row = await this.table
        .getEntity(key.partitionKey, key.rowKey)
        .then((entity) => ({ ...columns.parse(entity), etag: storedEtag(entity) }))
        .catch(onStatus(404, () => undefined));
      // A worker whose clock is behind must not reopen an old window.
      const current = row && row.window >= window.window ? row : undefined;
      const used = current?.used ?? 0;
      if (used >= quota) return quota + count;
      const next = {
        ...key,
        window: current?.window ?? window.window,
        used: Math.min(quota, used + count),
        expiresAt: window.windowEndsAt.toISOString(),
      };
      if (await this.tryWrite(next, row?.etag)) return used + count;
    }
    return quota + count;
  }

  /** False if another worker wrote the row since it was read. */
  private async tryWrite(
    row: { readonly partitionKey: string; readonly rowKey: string },
    etag: string | undefined,
  ): Promise<boolean> {
    const write =
      etag === undefined ? createRow(this.table, row) : replaceRow(this.table, row, etag);
    return write
      .then(() => true)
      .catch(onStatus(409, () => false))
      .catch(onStatus(412, () => false))
      .catch(onStatus(404, () => false));
  }
}

const rowKeyOf = ({ limit, subject }: RateLimitWindow) => `${limit}-${hashedKey(subject)}`;
