/** Requests counted in Table Storage: PartitionKey is the tenant, RowKey `<limit>-<hash of the subject>`. */
import type { TableClient } from '@azure/data-tables';
import { z } from 'zod';
import type { Count, CounterStore } from '../http/ports';
import { deleteExpiredRows } from './expired-rows';
import { hashedKey, on } from './tables';

const row = z.object({ window: z.number(), used: z.number(), etag: z.string() });

/** So many tries lost in a row mean that very many count at once; the next one is refused. */
const mostTries = 25;

export class CounterTable implements CounterStore {
  constructor(private readonly table: TableClient) {}

  async add(count: Count, quota: number): Promise<number> {
    const key = { partitionKey: count.tenantId, rowKey: rowKeyOf(count) };
    for (let tried = 0; tried < mostTries; tried++) {
      const found = await this.table
        .getEntity(key.partitionKey, key.rowKey)
        .then((entity) => row.parse(entity))
        .catch(on(404, () => undefined));
      // A worker whose clock is behind must not begin an old window again.
      const current = found && found.window >= count.window ? found : undefined;
      if (current && current.used >= quota) return quota + 1;
      const used = (current?.used ?? 0) + 1;
      const counted = {
        ...key,
        window: current?.window ?? count.window,
        used,
        expiresAt: count.windowEndsAt.toISOString(),
      };
      if (await this.written(counted, found?.etag)) return used;
    }
    return quota + 1;
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
