/**
 * PasswordTryStore in Table Storage. PartitionKey: tenant. RowKey: `password-{subject}`, beside the
 * connection attempts, with which old rows are purged.
 */
import type { TableClient } from '@azure/data-tables';
import { z } from 'zod';
import type { PasswordTry, PasswordTryStore } from '../../../credentials/ports';
import { createRow, replaceRow, storedEtag } from '../../table-storage/conditional-write';
import { jsonColumn } from '../../table-storage/json-column';
import { onStatus } from '../../table-storage/table-client';

const columns = z.object({ times: jsonColumn(z.array(z.coerce.date())) });

export class PasswordTryTable implements PasswordTryStore {
  constructor(private readonly table: TableClient) {}

  /** Ends after `max` lost races at the latest, because each of them has added a try. */
  async add(
    attempt: PasswordTry,
    limit: { readonly since: Date; readonly max: number },
  ): Promise<{ readonly accepted: boolean; readonly oldest: Date }> {
    const { tenantId, subject, at } = attempt;
    const rowKey = `password-${subject}`;
    const row = await this.table.getEntity(tenantId, rowKey).catch(onStatus(404, () => undefined));
    const recent = row
      ? columns.parse(row).times.filter((time) => time.getTime() > limit.since.getTime())
      : [];
    const oldest = recent[0] ?? at;
    if (recent.length >= limit.max) return { accepted: false, oldest };
    const next = {
      partitionKey: tenantId,
      rowKey,
      times: JSON.stringify([...recent, at]),
      createdAt: at.toISOString(),
    };
    const write = row ? replaceRow(this.table, next, storedEtag(row)) : createRow(this.table, next);
    const isWritten = await write
      .then(() => true)
      .catch(onStatus(409, () => false))
      .catch(onStatus(412, () => false))
      .catch(onStatus(404, () => false));
    return isWritten ? { accepted: true, oldest } : this.add(attempt, limit);
  }
}
