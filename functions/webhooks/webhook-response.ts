/** Webhooks and deliveries in API responses. Only `WebhookWithSecret` holds a signing secret. */
import { z } from 'zod';
import { personResponse } from '../events/actor';
import { eventType } from '../events/event';
import { etagMember } from '../storage/etag-member';
import { deliveryStatus, type Delivery } from './delivery';
import { validPreviousSecrets } from './signing-secrets';
import { disabledReason, webhookEtag, type Webhook } from './webhook';

const time = z.iso.datetime();
const webhookFields = {
  id: z.string(),
  etag: etagMember,
  url: z
    .string()
    .describe(
      'Address without its secret parts: `***` replaces a query, and the path from the first segment that may be secret.',
    ),
  confirmedAt: time.describe('When the receiver confirmed the address.'),
  events: z.array(z.string()),
  description: z.string().optional(),
  enabled: z.boolean(),
  disabledReason: disabledReason
    .optional()
    .describe(
      'Why the webhook was disabled: `failing` if no delivery succeeded for five days, `gone` if the receiver answered with status 410. Absent otherwise.',
    ),
  firstFailedAt: time
    .optional()
    .describe('Time of the first failed delivery since the last success. Absent if none failed.'),
  previousSecrets: z
    .array(z.strictObject({ expiresAt: time }))
    .describe(
      'Signing secrets from before a rotation. Until they expire, `webhook-signature` has a signature of each, after that of the current secret.',
    ),
  createdAt: time,
  createdBy: personResponse,
  updatedAt: time,
};

export const webhookResponse = z.strictObject(webhookFields).meta({ id: 'Webhook' });

export const webhookWithSecretResponse = z
  .strictObject({
    ...webhookFields,
    secret: z
      .string()
      .describe(
        'Signing secret, in this response only. Verify deliveries with a Standard Webhooks library (https://www.standardwebhooks.com): `webhook-signature` is `v1,` and the base64 HMAC-SHA256 over `<webhook-id>.<webhook-timestamp>.<body>`. The key is the base64 text after `whsec_`, decoded.',
      ),
  })
  .meta({ id: 'WebhookWithSecret' });

export function toWebhookResponse(webhook: Webhook, now: Date): z.infer<typeof webhookResponse> {
  const { id, address, events, description, enabled, failingSince } = webhook;
  const { createdAt, createdBy, updatedAt } = webhook;
  return {
    id,
    etag: webhookEtag(webhook),
    url: address.display,
    confirmedAt: address.confirmedAt,
    events: [...events],
    description,
    enabled,
    disabledReason: webhook.disabledReason,
    firstFailedAt: failingSince,
    previousSecrets: validPreviousSecrets(webhook, now).map(({ expiresAt }) => ({ expiresAt })),
    createdAt,
    createdBy,
    updatedAt,
  };
}

export const deliveryResponse = z
  .strictObject({
    id: z.string(),
    webhookId: z.string(),
    event: z.strictObject({ id: z.string(), type: eventType }),
    status: deliveryStatus,
    attempts: z
      .array(
        z.strictObject({
          startedAt: time,
          durationMs: z.int(),
          status: z
            .int()
            .optional()
            .describe('HTTP status of the receiver. Absent if there was no response.'),
          error: z
            .string()
            .optional()
            .describe('Code of the failure. Present if there was no response.'),
          retryAfterMs: z
            .int()
            .optional()
            .describe(
              'Wait that the receiver asked for in Retry-After, in milliseconds. At most six hours are waited.',
            ),
        }),
      )
      .describe('The latest 30 attempts, oldest first, including those of earlier redeliveries.'),
    createdAt: time,
    retryAt: time.optional().describe('Time of the next attempt. Absent if there is none.'),
    finishedAt: time.optional().describe('Absent while the delivery is pending.'),
  })
  .meta({ id: 'Delivery' });

export function toDeliveryResponse(delivery: Delivery): z.infer<typeof deliveryResponse> {
  const { id, webhookId, event, status, attempts, createdAt, retryAt, finishedAt } = delivery;
  return {
    id,
    webhookId,
    event,
    status,
    attempts: attempts.map(toAttemptResponse),
    createdAt,
    retryAt,
    finishedAt,
  };
}

const toAttemptResponse = ({ at, ...result }: Delivery['attempts'][number]) => {
  const { durationMs, status, error, retryAfterMs } = result;
  return { startedAt: at, durationMs, status, error, retryAfterMs };
};
