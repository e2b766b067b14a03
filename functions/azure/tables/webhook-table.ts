/**
 * WebhookStore in Table Storage. PartitionKey: tenant. RowKey: `webhook-{webhook id}`, and `slots` for
 * the ids of all webhooks of the tenant. One transaction writes a webhook and its slot, so concurrent
 * requests cannot exceed the limit.
 */
import { odata, type TableClient, type TransactionAction } from '@azure/data-tables';
import { z } from 'zod';
import { ConflictError, StaleError } from '../../errors/app-error';
import { person } from '../../events/actor';
import type { OutboxMessage } from '../../events/ports';
import type { Stored } from '../../storage/stored';
import type { WebhookStore } from '../../webhooks/ports';
import {
  assertRoomForWebhook,
  disabledReason,
  previousSecret,
  subscription,
  webhookAddress,
  type Webhook,
} from '../../webhooks/webhook';
import { storedEtag } from '../table-storage/conditional-write';
import { jsonColumn } from '../table-storage/json-column';
import { writeWithEvents } from '../table-storage/outbox-rows';
import { onStatus, prefixRange, throwAs } from '../table-storage/table-client';

const rowPrefix = 'webhook-';
const slotsRowKey = 'slots';
/** More attempts than a tenant can have concurrent writers with a chance to succeed. */
const maxAttempts = 25;

const columns = z.object({
  address: jsonColumn(webhookAddress),
  events: jsonColumn(z.array(subscription)),
  description: z.string().exactOptional(),
  enabled: z.boolean(),
  disabledReason: disabledReason.exactOptional(),
  failingSince: z.string().exactOptional(),
  secretVersion: z.string(),
  previousSecrets: jsonColumn(z.array(previousSecret)),
  version: z.int(),
  createdAt: z.string(),
  createdBy: jsonColumn(person),
  updatedAt: z.string(),
});
const slotColumns = z.object({ webhookIds: jsonColumn(z.array(z.string())) });

const outdated = throwAs(
  StaleError,
  'webhook_changed',
  'The webhook changed since it was read. Read it again.',
);

interface Slots {
  readonly webhookIds: readonly string[];
  /** Absent before the first webhook of a tenant. */
  readonly etag?: string;
}

export class WebhookTable implements WebhookStore {
  constructor(
    private readonly table: TableClient,
    private readonly outbox: TableClient,
  ) {}

  async get(tenantId: string, webhookId: string): Promise<Stored<Webhook> | undefined> {
    const row = await this.table
      .getEntity(tenantId, rowKeyOf(webhookId))
      .catch(onStatus(404, () => undefined));
    return row && toWebhook(row);
  }

  async list(tenantId: string): Promise<readonly Stored<Webhook>[]> {
    const webhooks: Stored<Webhook>[] = [];
    for await (const webhook of this.read(odata`PartitionKey eq ${tenantId}`))
      webhooks.push(webhook);
    return webhooks;
  }

  listAll(): AsyncIterable<Stored<Webhook>> {
    return this.read();
  }

  async create(webhook: Webhook, events: readonly OutboxMessage[] = []): Promise<Stored<Webhook>> {
    const { tenantId, id } = webhook;
    for (let attempt = 1; ; attempt++) {
      const slots = await this.readSlots(tenantId);
      assertRoomForWebhook(slots.webhookIds.length);
      if (slots.webhookIds.includes(id)) throw idTaken();
      const webhookIds = [...slots.webhookIds, id];
      const etag = await this.writeIfUnchanged(
        [['create', toRow(webhook)], slotsAction(tenantId, slots, webhookIds)],
        events,
      );
      if (etag !== undefined) return { ...webhook, etag };
      if (attempt === maxAttempts) throw busy();
    }
  }

  async replace(
    webhook: Stored<Webhook>,
    events: readonly OutboxMessage[] = [],
  ): Promise<Stored<Webhook>> {
    const { etag: expected } = webhook;
    const update: TransactionAction = ['update', toRow(webhook), 'Replace', { etag: expected }];
    const etag = await writeWithEvents(this.table, this.outbox, [update], events)
      .catch(onStatus(412, outdated))
      .catch(onStatus(404, outdated));
    return { ...webhook, etag };
  }

  async delete(
    tenantId: string,
    webhookId: string,
    events: readonly OutboxMessage[] = [],
  ): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const slots = await this.readSlots(tenantId);
      if (!slots.webhookIds.includes(webhookId)) return;
      const webhookIds = slots.webhookIds.filter((id) => id !== webhookId);
      const etag = await this.writeIfUnchanged(
        [
          slotsAction(tenantId, slots, webhookIds),
          ['delete', { partitionKey: tenantId, rowKey: rowKeyOf(webhookId) }],
        ],
        events,
      );
      if (etag !== undefined) return;
      if (attempt === maxAttempts) throw busy();
    }
  }

  private async *read(partition?: string): AsyncGenerator<Stored<Webhook>> {
    const { from, to } = prefixRange(rowPrefix);
    const rows = odata`RowKey ge ${from} and RowKey lt ${to}`;
    const filter = partition === undefined ? rows : `${partition} and ${rows}`;
    for await (const row of this.table.listEntities({ queryOptions: { filter } }))
      yield toWebhook(row);
  }

  private async readSlots(tenantId: string): Promise<Slots> {
    const row = await this.table
      .getEntity(tenantId, slotsRowKey)
      .catch(onStatus(404, () => undefined));
    return row ? { ...slotColumns.parse(row), etag: storedEtag(row) } : { webhookIds: [] };
  }

  /** Undefined if another writer was faster. */
  private async writeIfUnchanged(
    actions: readonly TransactionAction[],
    events: readonly OutboxMessage[],
  ): Promise<string | undefined> {
    const wasFaster = () => undefined;
    return writeWithEvents(this.table, this.outbox, actions, events)
      .catch(onStatus(409, wasFaster))
      .catch(onStatus(412, wasFaster))
      .catch(onStatus(404, wasFaster));
  }
}

const rowKeyOf = (webhookId: string) => `${rowPrefix}${webhookId}`;

const idTaken = () =>
  new ConflictError(
    'webhook_id_taken',
    'The id of the new webhook belongs to another one. Repeat the request.',
  );

const busy = () =>
  new ConflictError(
    'webhooks_busy',
    'Other requests create and delete webhooks of the tenant. Repeat the request in a moment.',
  );

function slotsAction(
  tenantId: string,
  { etag }: Slots,
  webhookIds: readonly string[],
): TransactionAction {
  const row = {
    partitionKey: tenantId,
    rowKey: slotsRowKey,
    webhookIds: JSON.stringify(webhookIds),
  };
  return etag === undefined ? ['create', row] : ['update', row, 'Replace', { etag }];
}

function toRow(webhook: Webhook) {
  const { description, failingSince } = webhook;
  return {
    partitionKey: webhook.tenantId,
    rowKey: rowKeyOf(webhook.id),
    address: JSON.stringify(webhook.address),
    events: JSON.stringify(webhook.events),
    ...(description !== undefined && { description }),
    enabled: webhook.enabled,
    ...(webhook.disabledReason && { disabledReason: webhook.disabledReason }),
    ...(failingSince !== undefined && { failingSince }),
    secretVersion: webhook.secretVersion,
    previousSecrets: JSON.stringify(webhook.previousSecrets),
    version: webhook.version,
    createdAt: webhook.createdAt,
    createdBy: JSON.stringify(webhook.createdBy),
    updatedAt: webhook.updatedAt,
  };
}

const toWebhook = (row: {
  readonly partitionKey?: string;
  readonly rowKey?: string;
  readonly etag: string;
}): Stored<Webhook> => ({
  ...columns.parse(row),
  tenantId: row.partitionKey!,
  id: row.rowKey!.slice(rowPrefix.length),
  etag: storedEtag(row),
});
