/** Webhook endpoints: HTTP in, a service call, HTTP out. The one place that shows a signing secret, once. */
import { z } from 'zod';
import { subscribableEventType } from '../events/event';
import { owners } from '../http/caller';
import { endpoint } from '../http/endpoint';
import { webhookEtag } from './webhook';
import { newWebhookAnswer, toWebhookAnswer, webhookAnswer } from './webhook-response';
import { webhookParams } from '../http/path-params';

const events = z
  .array(z.union([z.literal('*'), subscribableEventType]))
  .min(1)
  .max(50)
  .describe('`*` means all there are, now and later.');
const description = z.string().trim().min(1).max(200);

const createWebhook = endpoint({
  method: 'POST',
  route: 'webhooks',
  summary: 'Have an https address told what happens; answers the signing secret, this once',
  allow: owners,
  body: z.strictObject({
    url: z.url({ protocol: /^https$/, error: 'must be an https address' }).max(2_000),
    events,
    description: description.optional(),
  }),
  etag: true,
  responses: { 201: newWebhookAnswer },

  async handle({ body, caller }, { webhooks }) {
    const { webhook, secret } = await webhooks.create(caller, body);
    return {
      status: 201,
      headers: { Location: `/api/webhooks/${webhook.id}`, ETag: webhookEtag(webhook) },
      jsonBody: { ...toWebhookAnswer(webhook), secret: secret.reveal() },
    };
  },
});

const listWebhooks = endpoint({
  method: 'GET',
  route: 'webhooks',
  summary: 'The webhooks of the tenant',
  allow: owners,
  responses: { 200: z.strictObject({ items: z.array(webhookAnswer) }) },

  async handle({ caller }, { webhooks }) {
    const items = await webhooks.list(caller.tenantId);
    return { status: 200, jsonBody: { items: items.map(toWebhookAnswer) } };
  },
});

const getWebhook = endpoint({
  method: 'GET',
  route: 'webhooks/{webhookId}',
  summary: 'One webhook',
  allow: owners,
  params: webhookParams,
  etag: true,
  responses: { 200: webhookAnswer },

  async handle({ params, caller }, { webhooks }) {
    const webhook = await webhooks.get(caller.tenantId, params.webhookId);
    return {
      status: 200,
      headers: { ETag: webhookEtag(webhook) },
      jsonBody: toWebhookAnswer(webhook),
    };
  },
});

const updateWebhook = endpoint({
  method: 'PATCH',
  route: 'webhooks/{webhookId}',
  summary: 'Enable or disable a webhook, or change what it is told',
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
  responses: { 200: webhookAnswer },

  async handle({ params, body, version, caller }, { webhooks }) {
    const webhook = await webhooks.update(caller, params.webhookId, version, body);
    return {
      status: 200,
      headers: { ETag: webhookEtag(webhook) },
      jsonBody: toWebhookAnswer(webhook),
    };
  },
});

const deleteWebhook = endpoint({
  method: 'DELETE',
  route: 'webhooks/{webhookId}',
  summary: 'Forget a webhook, its secret and its deliveries',
  allow: owners,
  params: webhookParams,
  responses: { 204: undefined },

  async handle({ params, caller }, { webhooks }) {
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
