/**
 * The outbox in Table Storage: PartitionKey is the tenant, RowKey the id of the event. Rows stay for seconds, so reading
 * the whole table finds little, whatever the number of tenants.
 */
import type { TableClient } from '@azure/data-tables';
import { z } from 'zod';
import type { RecordedEvent } from '../../events/event';
import type { OutboxMessage, Outbox } from '../../events/ports';
import { on } from '../table-storage/table-client';

const row = z.object({
  document: z.string().transform((text) => JSON.parse(text) as RecordedEvent),
  webhookId: z.string().exactOptional(),
});

export class OutboxTable implements Outbox {
  constructor(private readonly table: TableClient) {}

  async put({ event, webhookId }: OutboxMessage): Promise<void> {
    const document = JSON.stringify(event);
    await this.table.upsertEntity(
      { ...keyOf(event), document, ...(webhookId !== undefined && { webhookId }) },
      'Replace',
    );
  }

  async *pending(): AsyncIterable<OutboxMessage> {
    for await (const found of this.table.listEntities()) {
      const { document: event, ...meantFor } = row.parse(found);
      yield { event, ...meantFor };
    }
  }

  async delete({ event }: OutboxMessage): Promise<void> {
    const { partitionKey, rowKey } = keyOf(event);
    await this.table.deleteEntity(partitionKey, rowKey).catch(on(404, () => undefined));
  }
}

const keyOf = ({ tenantId, id }: RecordedEvent) => ({ partitionKey: tenantId, rowKey: id });
