/** Requests counted in Table Storage: PartitionKey is the tenant, RowKey `<limit>-<hash of the subject>`. */
import type { TableClient } from '@azure/data-tables';
import { z } from 'zod';
import type { Count, RateLimitStore } from '../../http/ports';
import { deleteExpiredRows } from '../table-storage/expired-rows';
import { hashedKey, on } from '../table-storage/table-client';

const row = z.object({ window: z.number(), used: z.number(), etag: z.string() });

/** So many tries lost in a row, to other workers, mean that very many count at once; the next one is refused. */
const maxAttempts = 25;

/** Requests of this worker that wait to be counted together: each learns which one it was. */
interface Batch {
  readonly count: Count;
  readonly quota: number;
  readonly told: ((used: Promise<number>) => void)[];
}

export class RateLimitTable implements RateLimitStore {
  private readonly waiting = new Map<string, Batch>();
  private readonly writing = new Set<string>();

  constructor(private readonly table: TableClient) {}

  /** While one write is under way the next requests gather, so that a worker never races itself. */
  add(count: Count, quota: number): Promise<number> {
    const key = `${count.tenantId}/${rowKeyOf(count)}/${count.window}`;
    return new Promise((resolve) => {
      const batch = this.waiting.get(key) ?? { count, quota, told: [] };
      this.waiting.set(key, batch);
      batch.told.push(resolve);
      void this.writeAll(key);
    });
  }

  private async writeAll(key: string): Promise<void> {
    if (this.writing.has(key)) return;
    this.writing.add(key);
    for (let batch = this.waiting.get(key); batch; batch = this.waiting.get(key)) {
      this.waiting.delete(key);
      const { count, quota, told } = batch;
      const last = this.addMany(count, told.length, quota);
      await last.catch(() => undefined); // whoever asked is told of it below
      for (const [n, tell] of told.entries()) tell(last.then((used) => used - told.length + 1 + n));
    }
    this.writing.delete(key);
  }

  /** Gives the number of the last one; beyond the quota nothing more is counted. */
  private async addMany(count: Count, more: number, quota: number): Promise<number> {
    const key = { partitionKey: count.tenantId, rowKey: rowKeyOf(count) };
    for (let tried = 0; tried < maxAttempts; tried++) {
      const found = await this.table
        .getEntity(key.partitionKey, key.rowKey)
        .then((entity) => row.parse(entity))
        .catch(on(404, () => undefined));
      // A worker whose clock is behind must not begin an old window again.
      const current = found && found.window >= count.window ? found : undefined;
      const before = current?.used ?? 0;
      if (before >= quota) return quota + more;
      const counted = {
        ...key,
        window: current?.window ?? count.window,
        used: Math.min(quota, before + more),
        expiresAt: count.windowEndsAt.toISOString(),
      };
      if (await this.written(counted, found?.etag)) return before + more;
    }
    return quota + more;
  }

  deleteExpired(now: Date): Promise<void> {
    return deleteExpiredRows(this.table, now);
  }

  /** False when somebody else counted since the row was read. */
  private async written(
    counted: { readonly partitionKey: string; readonly rowKey: string },
    etag: string | undefined,
  ): Promise<boolean> {
    const writing =
      etag === undefined
        ? this.table.createEntity(counted)
        : this.table.updateEntity(counted, 'Replace', { etag });
    return writing
      .then(() => true)
      .catch(on(409, () => false))
      .catch(on(412, () => false))
      .catch(on(404, () => false));
  }
}

const rowKeyOf = ({ limit, subject }: Count) => `${limit}-${hashedKey(subject)}`;
