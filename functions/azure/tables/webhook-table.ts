/** WebhookStore in Table Storage. PartitionKey: tenant. RowKey: webhook id. */
import { odata, type TableClient } from '@azure/data-tables';
import { z } from 'zod';
import { StaleError } from '../../errors/app-error';
import { person } from '../../events/actor';
import type { Stored } from '../../storage/stored';
import type { WebhookStore } from '../../webhooks/ports';
import { subscription, type Webhook } from '../../webhooks/webhook';
import { createRow, deleteRow, replaceRow, storedEtag } from '../table-storage/conditional-write';
import { jsonColumn } from '../table-storage/json-column';
import { onStatus, throwAs } from '../table-storage/table-client';

const columns = z.object({
  url: z.string(),
  events: jsonColumn(z.array(subscription)),
  description: z.string().exactOptional(),
  enabled: z.boolean(),
  disabledReason: z.literal('failing').exactOptional(),
  failingSince: z.string().exactOptional(),
  secret: jsonColumn(z.object({ name: z.string(), version: z.string() })),
  version: z.int(),
  createdAt: z.string(),
  createdBy: jsonColumn(person),
  updatedAt: z.string(),
});

const outdated = throwAs(
  StaleError,
  'webhook_changed',
  'The webhook changed since it was read. Read it again.',
);

export class WebhookTable implements WebhookStore {
  constructor(private readonly table: TableClient) {}

  async get(tenantId: string, webhookId: string): Promise<Stored<Webhook> | undefined> {
    const row = await this.table
      .getEntity(tenantId, webhookId)
      .catch(onStatus(404, () => undefined));
    return row && toWebhook(row);
  }

  async list(tenantId: string): Promise<readonly Stored<Webhook>[]> {
    const filter = odata`PartitionKey eq ${tenantId}`;
    const webhooks: Stored<Webhook>[] = [];
    for await (const row of this.table.listEntities({ queryOptions: { filter } }))
      webhooks.push(toWebhook(row));
    return webhooks;
  }

  async *listIds(): AsyncIterable<string> {
    const rows = this.table.listEntities({ queryOptions: { select: ['RowKey'] } });
    for await (const { rowKey } of rows) yield rowKey!;
  }

  async create(webhook: Webhook): Promise<Stored<Webhook>> {
    const etag = await createRow(this.table, toRow(webhook));
    return { ...webhook, etag };
  }

  async replace(webhook: Stored<Webhook>): Promise<Stored<Webhook>> {
    const etag = await replaceRow(this.table, toRow(webhook), webhook.etag)
      .catch(onStatus(412, outdated))
      .catch(onStatus(404, outdated));
    return { ...webhook, etag };
  }

  async delete(tenantId: string, webhookId: string): Promise<void> {
    await deleteRow(this.table, { partitionKey: tenantId, rowKey: webhookId });
  }
}

function toRow(webhook: Webhook) {
  const { description, disabledReason, failingSince } = webhook;
  return {
    partitionKey: webhook.tenantId,
    rowKey: webhook.id,
    url: webhook.url,
    events: JSON.stringify(webhook.events),
    ...(description !== undefined && { description }),
    enabled: webhook.enabled,
    ...(disabledReason && { disabledReason }),
    ...(failingSince !== undefined && { failingSince }),
    secret: JSON.stringify(webhook.secret),
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
  id: row.rowKey!,
  etag: storedEtag(row),
});
