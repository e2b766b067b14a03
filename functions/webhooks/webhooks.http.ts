/** Endpoints of webhooks. Only the response to creation reveals the signing secret. */
import { z } from 'zod';
import { owners } from '../http/caller';
import { endpoint } from '../http/endpoint';
import { webhookParams } from '../http/path-params';
import type { WebhookServices } from './services';
import { subscription, webhookEtag } from './webhook';
import { newWebhookResponse, toWebhookResponse, webhookResponse } from './webhook-response';

const events = z
  .array(subscription)
  .min(1)
  .max(50)
  .describe('Event types to send. `*` means all types, including those added later.');
const description = z.string().trim().min(1).max(200);

const createWebhook = endpoint({
  method: 'POST',
  route: 'webhooks',
  summary: 'Create a webhook',
  allow: owners,
  body: z.strictObject({
    url: z.url({ protocol: /^https$/, error: 'must be an https address' }).max(2_000),
    events,
    description: description.optional(),
  }),
  etag: true,
  responses: { 201: newWebhookResponse },

  async handle({ body, caller }, { webhooks }: WebhookServices) {
    const { webhook, secret } = await webhooks.create(caller, body);
    return {
      status: 201,
      headers: { Location: `/api/webhooks/${webhook.id}`, ETag: webhookEtag(webhook) },
      jsonBody: { ...toWebhookResponse(webhook), secret: secret.reveal() },
    };
  },
});

const listWebhooks = endpoint({
  method: 'GET',
  route: 'webhooks',
  summary: 'List webhooks of the tenant, newest first',
  allow: owners,
  responses: { 200: z.strictObject({ items: z.array(webhookResponse) }) },

  async handle({ caller }, { webhooks }: WebhookServices) {
    const items = await webhooks.list(caller.tenantId);
    return { status: 200, jsonBody: { items: items.map(toWebhookResponse) } };
  },
});

const getWebhook = endpoint({
  method: 'GET',
  route: 'webhooks/{webhookId}',
  summary: 'Get a webhook',
  allow: owners,
  params: webhookParams,
  etag: true,
  responses: { 200: webhookResponse },

  async handle({ params, caller }, { webhooks }: WebhookServices) {
    const webhook = await webhooks.get(caller.tenantId, params.webhookId);
    return {
      status: 200,
      headers: { ETag: webhookEtag(webhook) },
      jsonBody: toWebhookResponse(webhook),
    };
  },
});

const updateWebhook = endpoint({
  method: 'PATCH',
  route: 'webhooks/{webhookId}',
  summary: 'Update a webhook',
  allow: owners,
  params: webhookParams,
  body: z.strictObject({
    enabled: z.boolean().optional(),
    events: events.optional(),
    description: description.nullable().optional(),
  }),
  mediaType: 'application/merge-patch+json',
  ifMatch: true,
  etag: true,
  responses: { 200: webhookResponse },

  async handle({ params, body, ifMatch, caller }, { webhooks }: WebhookServices) {
    const webhook = await webhooks.update(caller, params.webhookId, ifMatch, body);
    return {
      status: 200,
      headers: { ETag: webhookEtag(webhook) },
      jsonBody: toWebhookResponse(webhook),
    };
  },
});

const deleteWebhook = endpoint({
  method: 'DELETE',
  route: 'webhooks/{webhookId}',
  summary: 'Delete a webhook, its secret and its deliveries',
  allow: owners,
  params: webhookParams,
  responses: { 204: undefined },

  async handle({ params, caller }, { webhooks }: WebhookServices) {
    await webhooks.delete(caller, params.webhookId);
    return { status: 204 };
  },
});

export const webhookEndpoints = {
  createWebhook,
  listWebhooks,
  getWebhook,
  updateWebhook,
  deleteWebhook,
};
