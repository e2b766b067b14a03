/**
 * DeliveryStore in Table Storage. PartitionKey: `{tenantId}|{webhookId}`. RowKey: the inverted delivery
 * id, so rows sort newest first. Events of changes are in the same partition.
 */
import { odata, type TableClient, type TransactionAction } from '@azure/data-tables';
import { z } from 'zod';
import { StaleError } from '../../errors/app-error';
import { eventType } from '../../events/event';
import type { OutboxMessage } from '../../events/ports';
import type { Page, PageRequest } from '../../storage/page';
import type { Stored } from '../../storage/stored';
import { firstUlid, invertUlid, isUlid } from '../../storage/ulid';
import { deliveryAttempt, deliveryStatus, dueAtOf, type Delivery } from '../../webhooks/delivery';
import type { DeliveryStore, PendingDelivery, WebhookKey } from '../../webhooks/ports';
import { storedEtag } from '../table-storage/conditional-write';
import { jsonColumn } from '../table-storage/json-column';
import { isNoOutboxRow, writeWithEvents } from '../table-storage/outbox-rows';
import { deleteAfterKey, deleteWhere } from '../table-storage/row-deletion';
import { onStatus, readPage, throwAs } from '../table-storage/table-client';

const columns = z.object({
  id: z.string(),
  eventId: z.string(),
  eventType,
  body: z.string(),
  status: deliveryStatus,
  redelivery: z.int(),
  attemptCount: z.int(),
  attempts: jsonColumn(z.array(deliveryAttempt)),
  createdAt: z.string(),
  retryAt: z.string().exactOptional(),
  finishedAt: z.string().exactOptional(),
});

const pendingColumns = columns.pick({ id: true, redelivery: true, createdAt: true, retryAt: true });

const outdated = throwAs(
  StaleError,
  'delivery_changed',
  'The delivery changed since it was read. Read it again.',
);

export class DeliveryTable implements DeliveryStore {
  constructor(
    private readonly table: TableClient,
    private readonly outbox: TableClient,
  ) {}

  async get(key: WebhookKey, deliveryId: string): Promise<Stored<Delivery> | undefined> {
    if (!isUlid(deliveryId)) return undefined;
    const row = await this.table
      .getEntity(partitionOf(key), invertUlid(deliveryId))
      .catch(onStatus(404, () => undefined));
    return row && { ...toDelivery(key, row), etag: storedEtag(row) };
  }

  async list(key: WebhookKey, page: PageRequest): Promise<Page<Delivery>> {
    const filter = `${odata`PartitionKey eq ${partitionOf(key)}`} and ${isNoOutboxRow}`;
    return readPage(this.table, filter, page, (row) => toDelivery(key, row));
  }

  async *listPending(key: WebhookKey, since: Date): AsyncIterable<PendingDelivery> {
    const filter = odata`PartitionKey eq ${partitionOf(key)} and RowKey lt ${invertUlid(firstUlid(since))} and status eq 'pending'`;
    const select = Object.keys(pendingColumns.shape);
    for await (const row of this.table.listEntities({ queryOptions: { filter, select } })) {
      const { id: deliveryId, redelivery, ...times } = pendingColumns.parse(row);
      yield { target: { ...key, deliveryId, redelivery }, dueAt: dueAtOf(times) };
    }
  }

  async create(delivery: Delivery, events: readonly OutboxMessage[] = []): Promise<void> {
    const actions: TransactionAction[] = [['create', toRow(delivery)]];
    const ignoreExisting = onStatus(409, () => undefined);
    await writeWithEvents(this.table, this.outbox, actions, events).catch(ignoreExisting);
  }

  async replace(
    { etag, ...delivery }: Stored<Delivery>,
    events: readonly OutboxMessage[] = [],
  ): Promise<void> {
    const actions: TransactionAction[] = [['update', toRow(delivery), 'Replace', { etag }]];
    await writeWithEvents(this.table, this.outbox, actions, events)
      .catch(onStatus(412, outdated))
      .catch(onStatus(404, outdated));
  }

  async deleteOfWebhook(key: WebhookKey): Promise<void> {
    const filter = odata`PartitionKey eq ${partitionOf(key)}`;
    await deleteWhere(this.table, `${filter} and ${isNoOutboxRow}`);
  }

  deleteBefore(time: Date, checkpoint?: string): AsyncIterable<string> {
    return deleteAfterKey(this.table, invertUlid(firstUlid(time)), checkpoint);
  }
}

const partitionOf = ({ tenantId, webhookId }: WebhookKey) => `${tenantId}|${webhookId}`;

function toRow(delivery: Delivery) {
  const { retryAt, finishedAt } = delivery;
  return {
    partitionKey: partitionOf(delivery),
    rowKey: invertUlid(delivery.id),
    id: delivery.id,
    eventId: delivery.event.id,
    eventType: delivery.event.type,
    body: delivery.body,
    status: delivery.status,
    redelivery: delivery.redelivery,
    attemptCount: delivery.attemptCount,
    attempts: JSON.stringify(delivery.attempts),
    createdAt: delivery.createdAt,
    ...(retryAt !== undefined && { retryAt }),
    ...(finishedAt !== undefined && { finishedAt }),
  };
}

function toDelivery({ tenantId, webhookId }: WebhookKey, row: object): Delivery {
  const { eventId, eventType: type, ...others } = columns.parse(row);
  return { tenantId, webhookId, event: { id: eventId, type }, ...others };
}
