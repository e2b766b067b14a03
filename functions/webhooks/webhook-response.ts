/** Webhooks and their deliveries as they are shown. A signing secret is shown once, by whoever made it. */
import { z } from 'zod';
import type { Delivery } from './delivery';
import type { Webhook } from './webhook';

const time = z.iso.datetime();
const shape = {
  id: z.string(),
  url: z.string(),
  events: z.array(z.string()),
  description: z.string().optional(),
  enabled: z.boolean(),
  disabledReason: z
    .literal('failing')
    .optional()
    .describe('It took nothing for five days, so nothing is sent until it is enabled again.'),
  failingSince: time.optional(),
  createdAt: time,
  createdBy: z.strictObject({ objectId: z.string(), displayName: z.string() }),
  updatedAt: time,
};

export const webhookAnswer = z.strictObject(shape).meta({ id: 'Webhook' });

export const newWebhookAnswer = z
  .strictObject({
    ...shape,
    secret: z
      .string()
      .describe(
        'Shown this once. Key of `webhook-signature: v1=<hex>`, the HMAC-SHA256 over `<webhook-timestamp>.<body>`.',
      ),
  })
  .meta({ id: 'NewWebhook' });

export function toWebhookAnswer(webhook: Webhook): z.infer<typeof webhookAnswer> {
  const { id, url, events, description, enabled, disabledReason, failingSince } = webhook;
  const { createdAt, createdBy, updatedAt } = webhook;
  return {
    id,
    url,
    events: [...events],
    description,
    enabled,
    disabledReason,
    failingSince,
    createdAt,
    createdBy,
    updatedAt,
  };
}

export const deliveryAnswer = z
  .strictObject({
    id: z.string(),
    webhookId: z.string(),
    event: z.strictObject({ id: z.string(), type: z.string() }),
    status: z.enum(['pending', 'delivered', 'failed']),
    attempts: z.array(
      z.strictObject({
        at: time,
        ms: z.int(),
        status: z.int().optional().describe('What the address answered.'),
        error: z.string().optional().describe('Why it could not be asked.'),
      }),
    ),
    createdAt: time,
    retryAt: time.optional(),
    finishedAt: time.optional(),
  })
  .meta({ id: 'Delivery' });

export function toDeliveryAnswer(delivery: Delivery): z.infer<typeof deliveryAnswer> {
  const { id, webhookId, event, status, attempts, createdAt, retryAt, finishedAt } = delivery;
  return { id, webhookId, event, status, attempts: [...attempts], createdAt, retryAt, finishedAt };
}
