/** Endpoints of deliveries: ping, list, read, redeliver. */
import { z } from 'zod';
import { durableClientInput } from '../durable/durable-client';
import { owners } from '../http/caller';
import { endpoint } from '../http/endpoint';
import { listOf, pageParameters } from '../http/paging';
import { deliveryId, webhookId, webhookParams } from '../http/path-params';
import type { HttpServices } from '../http/services';
import type { DeliveryTarget } from './delivery';
import type { WebhookServices } from './services';
import { deliveryResponse, toDeliveryResponse } from './webhook-response';

const deliveryParams = z.object({ webhookId, deliveryId });

const pathOf = ({ webhookId, deliveryId }: Pick<DeliveryTarget, 'webhookId' | 'deliveryId'>) =>
  `/api/webhooks/${webhookId}/deliveries/${deliveryId}`;

const testWebhook = endpoint({
  method: 'POST',
  route: 'webhooks/{webhookId}/test',
  summary: 'Send a ping and return its result',
  allow: owners,
  params: webhookParams,
  idempotent: 'optional',
  responses: { 200: deliveryResponse },

  async handle({ params, caller }, { pings }: WebhookServices) {
    const delivery = await pings.ping(caller, params.webhookId);
    const { webhookId, id: deliveryId } = delivery;
    return {
      status: 200,
      headers: { 'Content-Location': pathOf({ webhookId, deliveryId }) },
      jsonBody: toDeliveryResponse(delivery),
    };
  },
});

const listDeliveries = endpoint({
  method: 'GET',
  route: 'webhooks/{webhookId}/deliveries',
  summary: 'List deliveries of a webhook, newest first',
  allow: owners,
  params: webhookParams,
  query: z.strictObject(pageParameters),
  responses: { 200: listOf(deliveryResponse) },

  async handle(
    { params: { webhookId }, query, caller: { tenantId } },
    { deliveries, cursors }: WebhookServices & HttpServices,
  ) {
    const key = { tenantId, webhookId };
    const list = { path: `/api/webhooks/${webhookId}/deliveries`, tenantId, query };
    return cursors.respond(list, (page) => deliveries.list(key, page), toDeliveryResponse);
  },
});

const getDelivery = endpoint({
  method: 'GET',
  route: 'webhooks/{webhookId}/deliveries/{deliveryId}',
  summary: 'Get a delivery with its attempts',
  allow: owners,
  params: deliveryParams,
  responses: { 200: deliveryResponse },

  async handle(
    { params: { webhookId, deliveryId }, caller: { tenantId } },
    { deliveries }: WebhookServices,
  ) {
    const delivery = await deliveries.get({ tenantId, webhookId }, deliveryId);
    return { status: 200, jsonBody: toDeliveryResponse(delivery) };
  },
});

const redeliver = endpoint({
  method: 'POST',
  route: 'webhooks/{webhookId}/deliveries/{deliveryId}/redeliver',
  summary: 'Redeliver a finished delivery with all its retries',
  allow: owners,
  params: deliveryParams,
  idempotent: 'optional',
  extraInputs: [durableClientInput],
  responses: { 202: undefined },

  async handle(
    { params: { webhookId, deliveryId }, caller, context },
    { outboxRelay, durableClient }: WebhookServices & HttpServices,
  ) {
    const client = durableClient(context);
    const target = await outboxRelay.redeliver(caller, webhookId, deliveryId, client);
    return { status: 202, headers: { Location: pathOf(target), 'Retry-After': '1' } };
  },
});

export const deliveryEndpoints = {
  testWebhook,
  listDeliveries,
  getDelivery,
  redeliver,
};
