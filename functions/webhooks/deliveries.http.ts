/** What was sent to a webhook, and sending it anew. */
import { z } from 'zod';
import { durableClientInput } from '../durable/durable-client';
import { owners, type Caller } from '../http/caller';
import { endpoint } from '../http/endpoint';
import { listOf, pageParameters } from '../http/paging';
import type { DeliveryTarget } from './delivery';
import { deliveryAnswer, toDeliveryAnswer } from './webhook-response';
import { webhookId, webhookParams, deliveryId } from '../http/path-params';

const deliveryParams = z.object({ webhookId, deliveryId });

const keyOf = ({ tenantId }: Caller, webhookId: string) => ({ tenantId, webhookId });

const accepted = ({ webhookId, deliveryId }: DeliveryTarget) => ({
  status: 202,
  headers: {
    Location: `/api/webhooks/${webhookId}/deliveries/${deliveryId}`,
    'Retry-After': '1',
  },
});

const testWebhook = endpoint({
  method: 'POST',
  route: 'webhooks/{webhookId}/test',
  summary: 'Send a ping to a webhook now',
  allow: owners,
  params: webhookParams,
  extraInputs: [durableClientInput],
  responses: { 202: undefined },

  async handle({ params, caller, context }, services) {
    const { webhooks, deliveries, outboxRelay, durableClient } = services;
    const event = await webhooks.ping(caller, params.webhookId);
    const target = await deliveries.open(
      event,
      await webhooks.get(caller.tenantId, params.webhookId),
    );
    await outboxRelay.start(target, durableClient(context));
    return accepted(target);
  },
});

const listDeliveries = endpoint({
  method: 'GET',
  route: 'webhooks/{webhookId}/deliveries',
  summary: 'What was sent to a webhook, or could not be, newest first',
  allow: owners,
  params: webhookParams,
  query: z.strictObject(pageParameters),
  responses: { 200: listOf(deliveryAnswer) },

  async handle({ params, query, caller }, { deliveries, cursors }) {
    const key = keyOf(caller, params.webhookId);
    const listing = { path: `/api/webhooks/${params.webhookId}/deliveries`, ...key, query };
    return cursors.answer(listing, (page) => deliveries.list(key, page), toDeliveryAnswer);
  },
});

const getDelivery = endpoint({
  method: 'GET',
  route: 'webhooks/{webhookId}/deliveries/{deliveryId}',
  summary: 'One delivery and its attempts',
  allow: owners,
  params: deliveryParams,
  responses: { 200: deliveryAnswer },

  async handle({ params, caller }, { deliveries }) {
    const delivery = await deliveries.get(keyOf(caller, params.webhookId), params.deliveryId);
    return { status: 200, jsonBody: toDeliveryAnswer(delivery) };
  },
});

const redeliver = endpoint({
  method: 'POST',
  route: 'webhooks/{webhookId}/deliveries/{deliveryId}/redeliver',
  summary: 'Send a delivery that is over once more, with all its retries',
  allow: owners,
  params: deliveryParams,
  extraInputs: [durableClientInput],
  responses: { 202: undefined },

  async handle({ params, caller, context }, { deliveries, outboxRelay, durableClient }) {
    const target = await deliveries.startRedelivery(caller, params.webhookId, params.deliveryId);
    await outboxRelay.start(target, durableClient(context));
    return accepted(target);
  },
});

export const deliveryEndpoints = {
  testWebhook,
  listDeliveries,
  getDelivery,
  redeliver,
};
