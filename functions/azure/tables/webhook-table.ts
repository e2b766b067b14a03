/** Webhooks in Table Storage: PartitionKey is the tenant, RowKey the id of the webhook. */
import { odata, type TableClient } from '@azure/data-tables';
import { z } from 'zod';
import { StaleError } from '../../errors/app-error';
import type { Stored } from '../../storage/stored';
import type { WebhookStore } from '../../webhooks/ports';
import type { Webhook } from '../../webhooks/webhook';
import { on, rethrow } from '../table-storage/table-client';

const json = <T>() => z.string().transform((text) => JSON.parse(text) as T);

/** Named column by column: a row carries OData annotations that must not leak into the domain. */
const row = z.object({
  url: z.string(),
  events: json<Webhook['events']>(),
  description: z.string().exactOptional(),
  enabled: z.boolean(),
  disabledReason: z.literal('failing').exactOptional(),
  failingSince: z.string().exactOptional(),
  secret: json<Webhook['secret']>(),
  version: z.int(),
  createdAt: z.string(),
  createdBy: json<Webhook['createdBy']>(),
  updatedAt: z.string(),
});

const changedSince = rethrow(
  StaleError,
  'webhook_changed',
  'The webhook changed since it was read.',
);

export class WebhookTable implements WebhookStore {
  constructor(private readonly table: TableClient) {}

  async get(tenantId: string, id: string): Promise<Stored<Webhook> | undefined> {
    const found = await this.table.getEntity(tenantId, id).catch(on(404, () => undefined));
    return found && toWebhook(found);
  }

  async list(tenantId: string): Promise<readonly Stored<Webhook>[]> {
    const filter = odata`PartitionKey eq ${tenantId}`;
    const webhooks: Stored<Webhook>[] = [];
    for await (const found of this.table.listEntities({ queryOptions: { filter } }))
      webhooks.push(toWebhook(found));
    return webhooks;
  }

  async *ids(): AsyncIterable<string> {
    const rows = this.table.listEntities({ queryOptions: { select: ['RowKey'] } });
    for await (const { rowKey } of rows) yield rowKey!;
  }

  async create(webhook: Webhook): Promise<Stored<Webhook>> {
    const { etag } = await this.table.createEntity(toRow(webhook));
    return { ...webhook, etag: etag! };
  }

  async replace(webhook: Stored<Webhook>): Promise<Stored<Webhook>> {
    const { etag } = await this.table
      .updateEntity(toRow(webhook), 'Replace', { etag: webhook.etag })
      .catch(on(412, changedSince))
      .catch(on(404, changedSince));
    return { ...webhook, etag: etag! };
  }

  async delete(tenantId: string, id: string): Promise<void> {
    await this.table.deleteEntity(tenantId, id).catch(on(404, () => undefined));
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

const toWebhook = (found: {
  partitionKey?: string;
  rowKey?: string;
  etag: string;
}): Stored<Webhook> => ({
  ...row.parse(found),
  tenantId: found.partitionKey!,
  id: found.rowKey!,
  etag: found.etag,
});
