/**
 * Deliveries in Table Storage: PartitionKey `{tenant}|{webhook}`, RowKey the inverted id, so that the newest stands
 * first.
 */
import { odata, type TableClient } from '@azure/data-tables';
import { z } from 'zod';
import { StaleError } from '../../errors/app-error';
import { eventType } from '../../events/event';
import type { Page, PageRequest } from '../../storage/page';
import type { Stored } from '../../storage/stored';
import { firstUlid, inverted, isUlid } from '../../storage/ulid';
import type { Attempt, Delivery } from '../../webhooks/delivery';
import type { DeliveryKey, DeliveryStore } from '../../webhooks/ports';
import { deleteAfterKey, deleteWhere } from '../table-storage/row-deletion';
import { on, pageOf, rethrow } from '../table-storage/table-client';

/** Named column by column: a row carries OData annotations that must not leak into the domain. */
const row = z.object({
  id: z.string(),
  eventId: z.string(),
  eventType,
  body: z.string(),
  status: z.enum(['pending', 'delivered', 'failed']),
  round: z.int(),
  tried: z.int(),
  attempts: z.string().transform((text) => JSON.parse(text) as readonly Attempt[]),
  createdAt: z.string(),
  retryAt: z.string().exactOptional(),
  finishedAt: z.string().exactOptional(),
});

const changedSince = rethrow(
  StaleError,
  'delivery_changed',
  'The delivery went on since it was read.',
);

export class DeliveryTable implements DeliveryStore {
  constructor(private readonly table: TableClient) {}

  async get(key: DeliveryKey, id: string): Promise<Stored<Delivery> | undefined> {
    if (!isUlid(id)) return undefined;
    const found = await this.table
      .getEntity(partition(key), inverted(id))
      .catch(on(404, () => undefined));
    return found && { ...toDelivery(key, found), etag: found.etag };
  }

  async list(key: DeliveryKey, request: PageRequest): Promise<Page<Delivery>> {
    const filter = odata`PartitionKey eq ${partition(key)}`;
    return pageOf(this.table, filter, request, (found) => toDelivery(key, found));
  }

  async create(delivery: Delivery): Promise<void> {
    await this.table.createEntity(toRow(delivery)).catch(on(409, () => undefined));
  }

  async replace({ etag, ...delivery }: Stored<Delivery>): Promise<void> {
    await this.table
      .updateEntity(toRow(delivery), 'Replace', { etag })
      .catch(on(412, changedSince))
      .catch(on(404, changedSince));
  }

  async deleteWebhook(key: DeliveryKey): Promise<void> {
    await deleteWhere(this.table, odata`PartitionKey eq ${partition(key)}`);
  }

  deleteBefore(time: Date, from?: string): AsyncIterable<string> {
    return deleteAfterKey(this.table, inverted(firstUlid(time)), from);
  }
}

const partition = ({ tenantId, webhookId }: DeliveryKey) => `${tenantId}|${webhookId}`;

function toRow(delivery: Delivery) {
  const { retryAt, finishedAt } = delivery;
  return {
    partitionKey: partition(delivery),
    rowKey: inverted(delivery.id),
    id: delivery.id,
    eventId: delivery.event.id,
    eventType: delivery.event.type,
    body: delivery.body,
    status: delivery.status,
    round: delivery.round,
    tried: delivery.tried,
    attempts: JSON.stringify(delivery.attempts),
    createdAt: delivery.createdAt,
    ...(retryAt !== undefined && { retryAt }),
    ...(finishedAt !== undefined && { finishedAt }),
  };
}

function toDelivery({ tenantId, webhookId }: DeliveryKey, found: object): Delivery {
  const { eventId, eventType: type, ...columns } = row.parse(found);
  return { tenantId, webhookId, event: { id: eventId, type }, ...columns };
}
