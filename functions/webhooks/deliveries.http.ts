/** What was sent to a webhook, and sending it anew. */
import { z } from 'zod';
import { durableClientInput } from '../durable/durable-client';
import { owners, type Caller } from '../http/caller';
import { endpoint } from '../http/endpoint';
import { listOf, pageParameters } from '../http/paging';
import type { DeliveryTarget } from './delivery';
import { deliveryAnswer, toDeliveryAnswer } from './webhook-response';

const id = z.string().regex(/^[\w-]{1,100}$/);
const params = z.object({ id });
const deliveryParams = z.object({ id, deliveryId: id });

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
  route: 'webhooks/{id}/test',
  summary: 'Send a ping to a webhook now',
  allow: owners,
  params,
  extraInputs: [durableClientInput],
  answers: { 202: undefined },

  async handle({ params, caller, context }, services) {
    const { webhooks, deliveries, outboxRelay, durableClient } = services;
    const event = await webhooks.ping(caller, params.id);
    const target = await deliveries.open(event, await webhooks.get(caller.tenantId, params.id));
    await outboxRelay.start(target, durableClient(context));
    return accepted(target);
  },
});

const listDeliveries = endpoint({
  method: 'GET',
  route: 'webhooks/{id}/deliveries',
  summary: 'What was sent to a webhook, or could not be, newest first',
  allow: owners,
  params,
  query: z.strictObject(pageParameters),
  answers: { 200: listOf(deliveryAnswer) },

  async handle({ params, query, caller }, { deliveries, cursors }) {
    const key = keyOf(caller, params.id);
    const listing = { path: `/api/webhooks/${params.id}/deliveries`, ...key, query };
    return cursors.answer(listing, (page) => deliveries.list(key, page), toDeliveryAnswer);
  },
});

const getDelivery = endpoint({
  method: 'GET',
  route: 'webhooks/{id}/deliveries/{deliveryId}',
  summary: 'One delivery and its attempts',
  allow: owners,
  params: deliveryParams,
  answers: { 200: deliveryAnswer },

  async handle({ params, caller }, { deliveries }) {
    const delivery = await deliveries.get(keyOf(caller, params.id), params.deliveryId);
    return { status: 200, jsonBody: toDeliveryAnswer(delivery) };
  },
});

const redeliver = endpoint({
  method: 'POST',
  route: 'webhooks/{id}/deliveries/{deliveryId}/redeliver',
  summary: 'Send a delivery that is over once more, with all its retries',
  allow: owners,
  params: deliveryParams,
  extraInputs: [durableClientInput],
  answers: { 202: undefined },

  async handle({ params, caller, context }, { deliveries, outboxRelay, durableClient }) {
    const target = await deliveries.startRedelivery(caller, params.id, params.deliveryId);
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
