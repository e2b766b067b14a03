/** Endpoints of webhooks. Only creation and rotation reveal a signing secret. */
import { z } from 'zod';
import { owners } from '../http/caller';
import { displayText } from '../http/display-text';
import { endpoint } from '../http/endpoint';
import { webhookParams } from '../http/path-params';
import type { HttpServices } from '../http/services';
import type { WebhookServices } from './services';
import { subscription, webhookEtag } from './webhook';
import { webhookWithSecretResponse, toWebhookResponse, webhookResponse } from './webhook-response';

const events = z
  .array(subscription)
  .min(1)
  .max(50)
  .describe('Event types to send. `*` means all types, including those added later.');
const description = displayText(200);

const url = z
  .url({ protocol: /^https$/, error: 'must be an https address' })
  .max(2_000)
  .describe(
    'Public https address. The receiver must confirm it: it answers an OPTIONS request with the header `WebHook-Allowed-Origin`, whose value is that of `WebHook-Request-Origin` in the request, or `*` (abuse protection of CloudEvents).',
  );

const createWebhook = endpoint({
  method: 'POST',
  route: 'webhooks',
  summary: 'Create a webhook',
  allow: owners,
  body: z.strictObject({
    url,
    events,
    description: description.optional(),
  }),
  example: { url: 'https://hooks.contoso.com/adf', events: ['sync.succeeded', 'sync.failed'] },
  idempotent: 'shown-once',
  etag: true,
  responses: { 201: webhookWithSecretResponse },

  async handle({ body, caller }, { webhooks, now }: WebhookServices & HttpServices) {
    const { webhook, secret } = await webhooks.create(caller, body);
    return {
      status: 201,
      headers: { Location: `/api/webhooks/${webhook.id}`, ETag: webhookEtag(webhook) },
      jsonBody: { ...toWebhookResponse(webhook, now()), secret: secret.reveal() },
    };
  },
});

const listWebhooks = endpoint({
  method: 'GET',
  route: 'webhooks',
  summary: 'List webhooks of the tenant, newest first',
  allow: owners,
  responses: { 200: z.strictObject({ items: z.array(webhookResponse) }) },

  async handle({ caller }, { webhooks, now }: WebhookServices & HttpServices) {
    const items = await webhooks.list(caller.tenantId);
    return {
      status: 200,
      jsonBody: { items: items.map((webhook) => toWebhookResponse(webhook, now())) },
    };
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

  async handle({ params, caller }, { webhooks, now }: WebhookServices & HttpServices) {
    const webhook = await webhooks.get(caller.tenantId, params.webhookId);
    return {
      status: 200,
      headers: { ETag: webhookEtag(webhook) },
      jsonBody: toWebhookResponse(webhook, now()),
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
    url: url.optional(),
    enabled: z.boolean().optional(),
    events: events.optional(),
    description: description.nullable().optional(),
  }),
  example: { enabled: true, description: null },
  mediaType: 'application/merge-patch+json',
  ifMatch: true,
  etag: true,
  responses: { 200: webhookResponse },

  async handle(
    { params, body, ifMatch, caller },
    { webhooks, now }: WebhookServices & HttpServices,
  ) {
    const webhook = await webhooks.update(caller, params.webhookId, ifMatch, body);
    return {
      status: 200,
      headers: { ETag: webhookEtag(webhook) },
      jsonBody: toWebhookResponse(webhook, now()),
    };
  },
});

const rotateWebhookSecret = endpoint({
  method: 'POST',
  route: 'webhooks/{webhookId}/rotate-secret',
  summary: 'Rotate the signing secret of a webhook',
  allow: owners,
  params: webhookParams,
  body: z.strictObject({
    overlapHours: z
      .number()
      .min(0)
      .max(168)
      .default(24)
      .describe(
        'How long the previous secret signs as well, in hours. 0 ends all previous secrets at once.',
      ),
  }),
  example: { overlapHours: 24 },
  bodyOptional: true,
  idempotent: 'shown-once',
  etag: true,
  responses: { 200: webhookWithSecretResponse },

  async handle(
    { params, body, caller },
    { webhookSecretRotation, now }: WebhookServices & HttpServices,
  ) {
    const { webhook, secret } = await webhookSecretRotation.rotate(
      caller,
      params.webhookId,
      body.overlapHours,
    );
    return {
      status: 200,
      headers: { ETag: webhookEtag(webhook) },
      jsonBody: { ...toWebhookResponse(webhook, now()), secret: secret.reveal() },
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
  rotateWebhookSecret,
  deleteWebhook,
};
