/**
 * Outbox in Table Storage. PartitionKey: tenant. RowKey: event id. Rows are relayed within seconds, so
 * a read of the whole table finds few rows for any number of tenants.
 */
import type { TableClient } from '@azure/data-tables';
import { z } from 'zod';
import { recordedEvent, type RecordedEvent } from '../../events/event';
import type { Outbox, OutboxMessage } from '../../events/ports';
import { deleteRow } from '../table-storage/conditional-write';
import { jsonColumn } from '../table-storage/json-column';

const columns = z.object({
  event: jsonColumn(recordedEvent),
  webhookId: z.string().exactOptional(),
});

export class OutboxTable implements Outbox {
  constructor(private readonly table: TableClient) {}

  async put({ event, webhookId }: OutboxMessage): Promise<void> {
    await this.table.upsertEntity(
      {
        ...keyOf(event),
        event: JSON.stringify(event),
        ...(webhookId !== undefined && { webhookId }),
      },
      'Replace',
    );
  }

  async *listPending(): AsyncIterable<OutboxMessage> {
    for await (const row of this.table.listEntities()) yield columns.parse(row);
  }

  async delete({ event }: OutboxMessage): Promise<void> {
    await deleteRow(this.table, keyOf(event));
  }
}

const keyOf = ({ tenantId, id }: RecordedEvent) => ({ partitionKey: tenantId, rowKey: id });
